/** Has an actor take memory until something ends it, and prints how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

/** Quickly at first, and then so slowly that whoever looks at the memory now and then sees it run out. */
const FIRST_BYTES = 300_000_000;
const STEP_BYTES = 2_000_000;

class Hog {
  readonly #taken: Buffer[] = [];

  async take(): Promise<void> {
    this.#taken.push(Buffer.alloc(FIRST_BYTES, 1));
    for (;;) {
      this.#taken.push(Buffer.alloc(STEP_BYTES, 1));
      await sleep(50);
    }
  }
}
const RemoteHog = ray.remote(Hog);

ray.main(async () => {
  await ray.init({ address: 'auto' });
  const hog = RemoteHog.remote();
  const work = ray.get(hog.take.remote());
  work.catch(() => undefined);
  print('death', await errorOf(work));
  print('cause', await work.catch((error: Error) => (error.cause as { readonly code?: string } | undefined)?.code));
  await ray.shutdown();
});
