/**
 * The demo of `npm run demo`: starts a cluster on this machine, places a small model on it as two pipeline stages of two
 * tensor-parallel ranks, tells two stories, and stops the cluster.
 */
import * as ray from 'ray-ts';
import { LLM, SamplingParams } from 'ray-ts/llm';

const asks = ['Please tell a story about an otter in the lighthouse.', 'I would like a story about a kite.'];

ray.main(async () => {
  const { address } = await ray.init({ address: 'local', numCpus: 2 });
  console.log(`A cluster runs at ${address}. Placing 4 workers: 2 pipeline stages of 2 tensor-parallel ranks.`);

  const loaded = new Set<number>();
  const llm = await LLM.create({
    model: 'models/storyteller',
    tensorParallelSize: 2,
    pipelineParallelSize: 2,
    distributedExecutorBackend: 'ray',
    cpusPerWorker: 0.5,
    onProgress: ({ rank, fraction }) => {
      if (fraction < 1 || loaded.has(rank)) return;
      loaded.add(rank);
      console.log(`rank ${rank} has loaded its part of the model`);
    },
  });

  const params = new SamplingParams({ temperature: 0, maxTokens: 220 });
  for (const ask of asks) {
    process.stdout.write(`\n> ${ask}\n`);
    await llm.chat([{ role: 'user', content: ask }], params, { onText: (text) => process.stdout.write(text) });
    process.stdout.write('\n');
  }

  await llm.shutdown();
  await ray.shutdown();
  console.log('\nThe cluster is stopped.');
});
