/** The source of time of everything that decides by time, so that tests hold it. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
}

export const systemClock: Clock = { now: () => performance.now() };

/** Resolves after `ms` milliseconds; does not keep the process alive. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
