import type { HostedProcess } from './hosted-process.js';

/** How long the calls of a process that is asked to end may take. */
const FINISH_MS = 30_000;
/** From SIGTERM to SIGKILL. @source Ray's kill_worker_timeout */
const TERMINATE_MS = 5_000;

/**
 * Ends a process in order: it runs the calls that it has and takes no others; one that takes too long gets a SIGTERM, and
 * then a SIGKILL, with its process group.
 */
export function endInOrder(process: HostedProcess): void {
  process.send({ kind: 'terminate' });
  let timer = setTimeout(() => {
    process.terminate();
    timer = setTimeout(() => process.kill(), TERMINATE_MS).unref();
  }, FINISH_MS).unref();
  process.onExit(() => clearTimeout(timer));
}

/** Ends a process that does not end by itself in time. */
export function endWithin(process: HostedProcess, ms: number): void {
  const timer = setTimeout(() => process.kill(), ms).unref();
  process.onExit(() => clearTimeout(timer));
}
