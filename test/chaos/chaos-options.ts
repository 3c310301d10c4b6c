/** What `npm run chaos` is asked for. */
export interface ChaosOptions {
  /** How long faults go on being started. */
  readonly minutes: number;
  /** Which faults: the same seed, the same plan. */
  readonly seed: number;
}

/** @throws {RangeError} for what is not a positive number of minutes or not a whole seed. */
export function requireChaosOptions({ minutes, seed }: ChaosOptions): ChaosOptions {
  if (!(minutes > 0) || !Number.isFinite(minutes)) throw new RangeError('--minutes takes a number above 0.');
  if (!Number.isInteger(seed) || seed < 0) throw new RangeError('--seed takes a whole number of at least 0.');
  return { minutes, seed };
}
