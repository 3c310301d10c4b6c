import { InternalError, type Logger, RayError, sleep, toError } from '../core/index.js';
import type { StartAnswer, StartMessage } from './daemon-protocol.js';

/** A started daemon: what its parent is told, and how to stop it. */
export interface RunningDaemon<Ready> {
  readonly ready: Ready;
  /** Takes nothing more and lets what runs come to its end; asked for by SIGTERM, ahead of `close`. */
  drain?(): Promise<void>;
  /** Frees everything; bounded by {@link CLOSE_TIMEOUT_MS}. */
  close(): Promise<void>;
}

/** How a daemon ends itself, from inside. */
export type ExitDaemon = (reason: string, exitCode: number) => void;

const CLOSE_TIMEOUT_MS = 10_000;
/** Whoever sends the SIGTERM may have less patience, and send a SIGKILL. @source Ray's graceful drain timeout */
const DRAIN_TIMEOUT_MS = 30_000;

/**
 * The main function of a daemon: waits for the start message, starts, answers, and stops on SIGTERM, SIGINT or, when tied
 * to its parent, on the parent's end. SIGTERM drains first; a second one doesn't wait. Every way out passes through `close`
 * once.
 */
export function runDaemon<Config, Ready>(
  logger: Logger,
  start: (config: Config, exit: ExitDaemon) => Promise<RunningDaemon<Ready>>,
): void {
  let running: RunningDaemon<Ready> | undefined;
  let exiting = false;
  const exit: ExitDaemon = (reason, exitCode) => {
    if (exiting) return;
    exiting = true;
    logger.info({ reason, exitCode }, 'stopping');
    setTimeout(() => process.exit(exitCode), CLOSE_TIMEOUT_MS).unref();
    Promise.resolve(running?.close()).then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error({ error: toError(error).message }, 'could not stop cleanly');
        process.exit(exitCode === 0 ? 1 : exitCode);
      },
    );
  };
  let draining = false;
  process.on('SIGTERM', () => {
    const drained = draining ? undefined : running?.drain?.();
    draining = true;
    if (!drained) exit('SIGTERM', 0);
    else void Promise.race([drained, sleep(DRAIN_TIMEOUT_MS)]).finally(() => exit('SIGTERM', 0));
  });
  process.on('SIGINT', () => exit('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    logger.error({ error: error.message, stack: error.stack }, 'uncaught exception');
    exit('an uncaught exception', 1);
  });
  process.once('message', (message: StartMessage<Config>) => {
    process.once('disconnect', () => {
      if (message.tiedToParent || !running) exit('the process that started it is gone', 0);
    });
    start(message.config, exit).then(
      (started) => {
        running = started;
        answer({ kind: 'ready', ready: started.ready });
      },
      (error: unknown) => {
        logger.error({ error: toError(error).message }, 'could not start');
        answer(failure(error), () => exit('it could not start', 1));
      },
    );
  });
}

function answer<Ready>(message: StartAnswer<Ready>, done: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, done);
  else done();
}

function failure(error: unknown): StartAnswer<never> {
  const rayError = error instanceof RayError ? error : new InternalError(toError(error).message, { cause: error });
  return { kind: 'failed', code: rayError.code, message: rayError.message, details: rayError.details };
}
