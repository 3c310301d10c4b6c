/**
 * Calls one actor, which needs a CPU, until it or the cluster is gone: {"pid"} of the actor, then a line per call,
 * {"total"} or {"failed"} with the code of its error, and at the end {"ended"} with that of the last one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { RayError } from 'ray-ts';

class Counter {
  #total = 0;
  pid(): number {
    return process.pid;
  }
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
}
const RemoteCounter = ray.remote(Counter, { numCpus: 1 });

const print = (line: object): void => console.log(JSON.stringify(line));

ray.main(async () => {
  await ray.init();
  const counter = RemoteCounter.remote();
  print({ pid: await ray.get(counter.pid.remote()) });
  for (;;) {
    try {
      print({ total: await ray.get(counter.add.remote(1)) });
    } catch (error) {
      if (!(error instanceof RayError)) throw error;
      if (error.code !== 'RAY_ACTOR_UNAVAILABLE') {
        print({ ended: error.code, message: error.message });
        return;
      }
      print({ failed: error.code });
    }
    await sleep(20);
  }
});
