/**
 * A mixture of experts over two ranks, child processes of this program: attention is split by heads, and every rank has whole
 * experts instead of a slice of each. `--eplb` has the engine move experts so that the ranks have equal work.
 *
 *     npx tsx examples/expert-parallel.ts --model MODEL [--tensor-parallel-size 2] [--backend mp] [--load-format auto] [--eplb]
 *
 * Models: Mixtral, Qwen 3 MoE, OLMoE.
 */
import { parseArgs } from 'node:util';
import * as ray from 'ray-ts';
import { LLM, SamplingParams } from 'ray-ts/llm';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string' },
    prompt: { type: 'string', default: 'Once there was' },
    'tensor-parallel-size': { type: 'string', default: '2' },
    backend: { type: 'string', default: 'mp' },
    /** `dummy` takes random weights, for trying without a checkpoint. */
    'load-format': { type: 'string', default: 'auto' },
    eplb: { type: 'boolean', default: false },
  },
});

ray.main(async () => {
  if (flags.model === undefined)
    throw new Error('--model must name a mixture of experts: a folder, or a name on the hub');
  await using llm = await LLM.create({
    model: flags.model,
    loadFormat: flags['load-format'] as 'auto' | 'dummy',
    tensorParallelSize: Number(flags['tensor-parallel-size']),
    distributedExecutorBackend: flags.backend as 'mp' | 'ray' | 'uni',
    enableExpertParallel: true,
    expertPlacementStrategy: 'round_robin',
    enableEplb: flags.eplb,
    eplbConfig: flags.eplb ? { windowSize: 8, stepInterval: 4 } : {},
    cpusPerWorker: 0.5,
  });
  const samplingParams = new SamplingParams({ temperature: 0, maxTokens: 16, ignoreEos: true });
  const [output] = await llm.generate([flags.prompt], samplingParams);
  console.log(`${flags.prompt}: ${JSON.stringify(output!.outputs[0]!.text)}`);
});
