/**
 * A pipeline: the layers are split over two ranks, child processes of this program, and each computes a batch of its own
 * while the other computes another. One request alone is in one stage at a time; several keep both stages busy.
 *
 *     npx tsx examples/pipeline.ts [--model MODEL] [--pipeline-parallel-size 2] [--backend mp]
 */
import { parseArgs } from 'node:util';
import * as ray from 'ray-ts';
import { LLM, SamplingParams, type WorkerDescription } from 'ray-ts/llm';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/storyteller' },
    'pipeline-parallel-size': { type: 'string', default: '2' },
    backend: { type: 'string', default: 'mp' },
  },
});

const asks = ['Count from 41 to 47.', 'Count from 12 to 15.', 'Tell me a story about an otter.', 'Count from 3 to 9.'];

ray.main(async () => {
  await using llm = await LLM.create({
    model: flags.model,
    pipelineParallelSize: Number(flags['pipeline-parallel-size']),
    distributedExecutorBackend: flags.backend as 'mp' | 'ray' | 'uni',
    cpusPerWorker: 0.5,
  });
  for (const { stage, layers } of (await llm.collectiveRpc('describe')) as WorkerDescription[]) {
    console.log(`Stage ${stage} has the layers ${layers.firstLayer} to ${layers.endLayer - 1}`);
  }
  const prompts = asks.map((content) => ({ messages: [{ role: 'user', content }] }));
  const outputs = await llm.generate(prompts, new SamplingParams({ temperature: 0, maxTokens: 64 }));
  for (const [index, output] of outputs.entries()) console.log(`${asks[index]} ${output.outputs[0]!.text}`);
});
