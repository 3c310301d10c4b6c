const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 8000;
/** The hub counts requests in windows of five minutes. */
const LONGEST_RETRY_AFTER_MS = 300_000;
const MS_PER_SECOND = 1000;

/** Requests in vain, one after the other, before one gives up. */
export const MAX_ATTEMPTS = 5;

/** Overload and passing faults; everything else says the same the next time. */
export function isPassingStatus(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/** Milliseconds that a Retry-After header asks for, in seconds or as a date; undefined when it says neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const delay = /^\s*\d+\s*$/.test(header) ? Number(header) * MS_PER_SECOND : Date.parse(header) - nowMs;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), LONGEST_RETRY_AFTER_MS);
}

/**
 * Doubles from one second to eight, spread by a quarter, so that many clients do not come back together.
 * @param attempt that failed, from 0.
 * @param random in [0, 1).
 * @param retryAfterMs that the server asked for; goes before the schedule.
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs;
  const delay = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return Math.round(delay * (0.75 + 0.5 * random));
}
