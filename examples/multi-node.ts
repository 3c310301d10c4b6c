/**
 * One model over the hosts of a cluster: stages of tensor-parallel ranks, which the engine puts side by side on a host where
 * they fit. Tells which rank is where, and answers a prompt.
 *
 *     npx ray-ts start --head                                # on the first host
 *     RAY_TS_TOKEN=… npx ray-ts start --address=HOST:6380    # on the others
 *     npx tsx examples/multi-node.ts --tensor-parallel-size 2 --pipeline-parallel-size 2
 */
import { parseArgs } from 'node:util';
import * as ray from 'ray-ts';
import { LLM, SamplingParams, type WorkerDescription } from 'ray-ts/llm';

const { values: flags } = parseArgs({
  options: {
    /** A folder that is there on every host, or a name on the hub. */
    model: { type: 'string', default: 'models/storyteller' },
    'tensor-parallel-size': { type: 'string', default: '2' },
    'pipeline-parallel-size': { type: 'string', default: '2' },
    'cpus-per-worker': { type: 'string', default: '0.5' },
  },
});

ray.main(async () => {
  await using llm = await LLM.create({
    model: flags.model,
    tensorParallelSize: Number(flags['tensor-parallel-size']),
    pipelineParallelSize: Number(flags['pipeline-parallel-size']),
    distributedExecutorBackend: 'ray',
    cpusPerWorker: Number(flags['cpus-per-worker']),
  });
  for (const { rank, stage, tensorRank, hostname, pid } of (await llm.collectiveRpc(
    'describe',
  )) as WorkerDescription[]) {
    console.log(`Rank ${rank}: stage ${stage}, tensor rank ${tensorRank}, host ${hostname}, pid ${pid}`);
  }
  const prompt = { messages: [{ role: 'user', content: 'Count from 41 to 47.' }] };
  const [output] = await llm.generate([prompt], new SamplingParams({ temperature: 0, maxTokens: 64 }));
  console.log(output!.outputs[0]!.text);
});
