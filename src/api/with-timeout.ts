import { InvalidArgumentError } from '../core/index.js';

/** Of a timer of Node.js, about 25 days; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws {InvalidArgumentError} for what is no time to wait. */
export function requireTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs >= 0) return;
  throw new InvalidArgumentError(`timeoutMs must be a number of at least 0, got ${timeoutMs}.`);
}

/** What the work comes to, or `onTimeout` when it has not by then; undefined waits for ever. No timer is left behind. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number | undefined, onTimeout: () => T): Promise<T> {
  if (timeoutMs === undefined || timeoutMs > MAX_TIMER_MS) return work;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), timedOut]);
    return first ? first.value : onTimeout();
  } finally {
    clearTimeout(timer);
  }
}
