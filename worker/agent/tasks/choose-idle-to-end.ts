/** A task worker without a lease. */
export interface IdleWorker {
  readonly workerId: string;
  /** By the caller's clock. */
  readonly idleSinceMs: number;
}

export interface IdleLimits {
  /** Workers that may stay idle longer than {@link keepMs}. */
  readonly maxIdle: number;
  /** How long one may be idle in any case. */
  readonly keepMs: number;
  /** How long one may be idle at most. */
  readonly endMs: number;
}

/**
 * The idle workers to end now, longest idle first: those beyond the limit that have waited for a while, and any that
 * waited for very long.
 * @source Ray's idle worker killing: above a soft limit of one per CPU, after 1 s
 */
export function chooseIdleToEnd<Worker extends IdleWorker>(
  idle: readonly Worker[],
  { maxIdle, keepMs, endMs }: IdleLimits,
  nowMs: number,
): Worker[] {
  const longestFirst = [...idle].sort((left, right) => left.idleSinceMs - right.idleSinceMs);
  const numTooMany = Math.max(0, idle.length - maxIdle);
  return longestFirst.filter(({ idleSinceMs }, index) => {
    const idleMs = nowMs - idleSinceMs;
    return idleMs >= endMs || (index < numTooMany && idleMs >= keepMs);
  });
}
