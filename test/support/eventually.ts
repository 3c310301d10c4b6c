import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `probe` gives something; fails naming what did not happen. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  options: { readonly withinMs?: number; readonly detail?: () => string } = {},
): Promise<T> {
  const { withinMs = 10_000, detail = () => '' } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new Error(`within ${withinMs} ms it did not happen that ${what}\n${detail()}`);
    await sleep(20);
  }
}
