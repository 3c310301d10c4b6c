import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 10_000;

/** Repeats expectations until they hold; fails with what they say last. */
export async function untilPasses(check: () => void | Promise<void>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(10);
  }
}
