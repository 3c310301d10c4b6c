import * as ray from 'ray-ts';

class Counter {
  #total = 0;

  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
}

const RemoteCounter = ray.remote(Counter, { numCpus: 0.5 });

ray.main(async () => {
  await ray.init();
  const counter = RemoteCounter.remote();
  const sums = [1, 2, 3].map((amount) => counter.add.remote(amount));
  console.log(await ray.get(sums));
});
