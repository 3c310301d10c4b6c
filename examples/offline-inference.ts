/**
 * Offline inference over a cluster: a story for every prompt, from a model whose layers are split over two pipeline stages
 * of two tensor-parallel ranks each. Runs on the cluster of `ray-ts start --head`, or on one of its own.
 */
import * as ray from 'ray-ts';
import { LLM, SamplingParams } from 'ray-ts/llm';

const asks = ['Tell me a story about a fox and a lantern.', 'Count from 41 to 47.'];

ray.main(async () => {
  const llm = await LLM.create({
    model: 'models/storyteller',
    tensorParallelSize: 2,
    pipelineParallelSize: 2,
    distributedExecutorBackend: 'ray',
    cpusPerWorker: 0.5,
  });
  const prompts = asks.map((content) => ({ messages: [{ role: 'user', content }] }));
  const outputs = await llm.generate(prompts, new SamplingParams({ temperature: 0, maxTokens: 220 }));
  for (const [index, output] of outputs.entries()) {
    console.log(`\n> ${asks[index]}\n${output.outputs[0]?.text}`);
  }
  await llm.shutdown();
});
