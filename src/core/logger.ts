import { createRequire } from 'node:module';
import type * as Pino from 'pino';

const require = createRequire(import.meta.url);

/** Structured log: one JSON line per event, ids and states as fields. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** Fields that hold secrets, should a record with them ever be logged. */
const SECRETS = ['token', 'credentials', 'tls', 'authorization'];

/**
 * Logs to standard error, which a daemon's parent sends to its log file. Level by RAY_TS_LOG_LEVEL, default info. The
 * library is loaded for the first line: most worker processes never log, and it is a tenth of what they would load.
 */
export function createLogger(component: string): Logger {
  let opened: Logger | undefined;
  const open = (): Logger => {
    opened ??= openLogger(component);
    return opened;
  };
  return {
    debug: (fields, message) => open().debug(fields, message),
    info: (fields, message) => open().info(fields, message),
    warn: (fields, message) => open().warn(fields, message),
    error: (fields, message) => open().error(fields, message),
    child: (fields) => open().child(fields),
  };
}

function openLogger(component: string): Logger {
  const { pino } = require('pino') as typeof Pino;
  const level = process.env['RAY_TS_LOG_LEVEL'] ?? 'info';
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' };
  return pino({ level, base: { component, pid: process.pid }, redact }, pino.destination({ dest: 2, sync: true }));
}

/** Drops everything; for tests and for library code inside a driver. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
