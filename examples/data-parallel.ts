/**
 * Offline inference by several copies of a model, each in a process that this program starts: the copies are told apart by
 * VLLM_DP_RANK and VLLM_DP_SIZE, and each has its share of the prompts. (`LLM.create({ dataParallelSize: 2 })` does as much
 * within one program; this is for programs that want a process of their own for each copy.)
 *
 * One node:   node --import tsx examples/data-parallel.ts --dp-size 2 --tp-size 1
 * Two nodes:  the same on each, with --node-size 2, --node-rank 0 or 1, --master-addr and --master-port of node 0
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LLM, SamplingParams } from 'ray-ts/llm';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/storyteller' },
    'dp-size': { type: 'string', default: '2' },
    'tp-size': { type: 'string', default: '1' },
    'node-size': { type: 'string', default: '1' },
    'node-rank': { type: 'string', default: '0' },
    'master-addr': { type: 'string', default: '127.0.0.1' },
    'master-port': { type: 'string', default: '29500' },
    /** Seconds until a copy that has not ended is killed. */
    timeout: { type: 'string', default: '300' },
  },
});

const prompts = [
  'Tell me a story about a fox and a lantern.',
  'Count from 41 to 47.',
  'Tell me a story about an otter.',
  'Count from 12 to 15.',
  'Tell me a story about a lamb.',
];

/** The share of a copy: the first ones have one more where it does not come out even. */
function shareOf<Item>(items: readonly Item[], rank: number, size: number): Item[] {
  const floor = Math.floor(items.length / size);
  const start = (r: number): number => r * floor + Math.min(r, items.length % size);
  return items.slice(start(rank), start(rank + 1));
}

/** Runs in the process of a copy, which the engine knows by the environment. */
async function generate(rank: number, size: number): Promise<void> {
  const share = shareOf(prompts, rank, size);
  console.log(`DP rank ${rank} needs to process ${share.length} prompts`);
  // Every copy has something to do, so that all take part in every step of models that need that.
  const contents = share.length > 0 ? share : ['Placeholder'];
  await using llm = await LLM.create({ model: flags.model, tensorParallelSize: Number(flags['tp-size']) });
  const samplingParams = new SamplingParams({ temperature: 0, maxTokens: [64, 96][rank % 2] });
  const asks = contents.map((content) => ({ messages: [{ role: 'user', content }] }));
  const outputs = await llm.generate(asks, samplingParams, { useTqdm: false });
  for (const [index, output] of outputs.entries()) {
    console.log(`DP rank ${rank}, Prompt: ${contents[index]}, Generated text: ${output.outputs[0]?.text}`);
  }
}

function startCopy(rank: number, localRank: number, size: number): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      VLLM_DP_RANK: String(rank),
      VLLM_DP_RANK_LOCAL: String(localRank),
      VLLM_DP_SIZE: String(size),
      VLLM_DP_MASTER_IP: flags['master-addr'],
      VLLM_DP_MASTER_PORT: flags['master-port'],
    },
  });
  const timer = setTimeout(() => {
    console.error(`Killing process ${child.pid}, which did not end within ${flags.timeout} s.`);
    child.kill('SIGKILL');
  }, Number(flags.timeout) * 1_000);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/** The exit code is the last one that is not 0. */
async function startCopies(): Promise<void> {
  const size = Number(flags['dp-size']);
  const numNodes = Number(flags['node-size']);
  if (size % numNodes !== 0) throw new Error('--dp-size must be divisible by --node-size');
  const perNode = size / numNodes;
  const firstRank = Number(flags['node-rank']) * perNode;
  const copies = Array.from({ length: perNode }, (_, local) => startCopy(firstRank + local, local, size));
  const exitCodes = await Promise.all(copies);
  process.exitCode = exitCodes.filter((code) => code !== 0).at(-1) ?? 0;
}

const { VLLM_DP_RANK, VLLM_DP_SIZE } = process.env;
if (VLLM_DP_RANK === undefined) await startCopies();
else {
  await generate(Number(VLLM_DP_RANK), Number(VLLM_DP_SIZE));
  process.disconnect?.();
}
