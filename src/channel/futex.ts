import { constants } from 'node:os';
import { InternalError } from '../core/errors/index.js';
import { libc } from './libc.js';

// Without FUTEX_PRIVATE_FLAG: the waiters are other processes.
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const EVERYONE = 0x7fffffff;
const NANOSECONDS_PER_MS = 1e6;

/**
 * Blocks the thread, using no CPU, while the int32 at `address` is `expected`: until a {@link futexWake}, or
 * `timeoutMs`. It may also end early for no reason, so the caller looks again at what it waits for.
 * @throws {InternalError} when the kernel refuses futexes.
 */
export function futexWait(address: bigint, expected: number, timeoutMs: number): void {
  const wholeSeconds = Math.floor(timeoutMs / 1000);
  const nanoseconds = Math.round((timeoutMs - wholeSeconds * 1000) * NANOSECONDS_PER_MS);
  const timeout = BigInt64Array.of(BigInt(wholeSeconds), BigInt(Math.min(nanoseconds, 999_999_999)));
  const error = libc().futex(address, FUTEX_WAIT, expected >>> 0, timeout);
  if (!isOrdinary(error)) throw futexRefused('wait', error);
}

/** Wakes every thread, of any process, that waits on the int32 at `address`. */
export function futexWake(address: bigint): void {
  const error = libc().futex(address, FUTEX_WAKE, EVERYONE, null);
  if (error !== 0) throw futexRefused('wake', error);
}

/** A wait that ended for no fault: the word had changed, a signal came, the time ran out. */
function isOrdinary(error: number): boolean {
  const { EAGAIN, EINTR, ETIMEDOUT } = constants.errno;
  return error === 0 || error === EAGAIN || error === EINTR || error === ETIMEDOUT;
}

function futexRefused(operation: string, error: number): InternalError {
  return new InternalError(
    `The kernel refused a futex ${operation} (errno ${error}). Check that the container's seccomp profile allows the futex system call.`,
  );
}
