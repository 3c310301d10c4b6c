/** Tasks, objects and generators: npx tsx examples/tasks.ts */
import * as ray from 'ray-ts';

const sum = ray.remote(function sum(values: Float64Array) {
  return values.reduce((total, value) => total + value, 0);
});

const count = ray.remote(async function* count(limit: number) {
  for (let n = 0; n < limit; n++) yield n;
});

const flaky = ray.remote(
  function flaky() {
    if (ray.getRuntimeContext().attemptNumber < 2) throw new Error('not yet');
    return 'the third try worked';
  },
  { maxRetries: 3, retryExceptions: true },
);

ray.main(async () => {
  await ray.init();
  // One copy in the node's shared memory, however many tasks read it.
  const large = await ray.put(new Float64Array(1_000_000).fill(0.5));
  console.log(await ray.get([sum.remote(large), sum.remote(large)]));
  for await (const item of count.remote(3)) console.log(await ray.get(item));
  console.log(await ray.get(flaky.remote()));
  await ray.shutdown();
});
