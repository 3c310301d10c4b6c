import { pino } from 'pino';

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

/** Logs to standard error, which a daemon's parent sends to its log file. Level by RAY_TS_LOG_LEVEL, default info. */
export function createLogger(component: string): Logger {
  const level = process.env['RAY_TS_LOG_LEVEL'] ?? 'info';
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' };
  return pino({ level, base: { component, pid: process.pid }, redact }, pino.destination({ dest: 2, sync: true }));
}

/** Drops everything; for tests and for library code inside a driver. */
export const silentLogger: Logger = pino({ level: 'silent' });
