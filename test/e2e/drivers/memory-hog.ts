/** Has an actor take memory until something ends it, and prints how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

class Hog {
  readonly #taken: Buffer[] = [];

  async take(): Promise<void> {
    for (;;) {
      this.#taken.push(Buffer.alloc(20_000_000, 1));
      await sleep(20);
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
