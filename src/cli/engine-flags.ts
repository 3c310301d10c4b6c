import type { Command } from 'commander';
import { QUANTIZATIONS } from '../llm/config/quantization.js';
import type { EngineArgs } from '../llm/index.js';
import { parseInteger, parseNumber } from './parse-values.js';

/** vLLM's two-letter flags, which no option parser takes for one flag. */
const SHORT_FLAGS: Readonly<Record<string, string>> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
};

/**
 * Replaces the two-letter flags, alone or with `=value`, by their long forms.
 * @param argv of the process, as Node.js has it. What follows `ray-ts run` and `ray-ts job` belongs to the program and stays as it is.
 */
export function expandShortFlags(argv: readonly string[]): string[] {
  if (argv[2] === 'run' || argv[2] === 'job') return [...argv];
  return argv.map((argument) => {
    const [flag, ...value] = argument.split('=');
    const long = SHORT_FLAGS[flag!];
    return long ? [long, ...value].join('=') : argument;
  });
}

/** Adds a flag for every engine argument; names and meanings are vLLM's. */
export function addEngineFlags(command: Command): Command {
  return command
    .requiredOption('--model <path|org/name>', 'folder of a Hugging Face model, or its name on the hub')
    .option('--revision <name>', 'branch, tag or commit on the hub (default: main)')
    .option('--download-dir <path>', "cache of the hub's models (default: HF_HUB_CACHE, or ~/.cache/huggingface/hub)")
    .option('--tensor-parallel-size <n>', '-tp: ranks that share every layer (default: 1)', parseInteger)
    .option('--pipeline-parallel-size <n>', '-pp: stages that the layers are split over (default: 1)', parseInteger)
    .option(
      '--distributed-executor-backend <ray|uni>',
      'where ranks run: in the cluster, or in this process (default: uni for one rank)',
    )
    .option('--max-model-len <tokens>', "longest prompt plus output (default: the model's own)", parseInteger)
    .option('--max-num-seqs <n>', 'sequences in a batch at most (default: 16)', parseInteger)
    .option('--max-num-batched-tokens <tokens>', 'tokens of one step at most (default: 2048)', parseInteger)
    .option('--max-logprobs <n>', 'for --logprobs at most, -1 for the whole vocabulary (default: 20)', parseInteger)
    .option('--scheduling-policy <fcfs|priority>', 'who is served first (default: fcfs)')
    .option('--long-prefill-token-threshold <tokens>', 'prompt tokens of a request in one step at most', parseInteger)
    .option('--enable-chunked-prefill', 'compute long prompts over several steps (default)')
    .option('--no-enable-chunked-prefill', 'compute every prompt in one step')
    .option('--enable-prefix-caching', 'keep what ended requests computed, for those that begin alike (default)')
    .option('--no-enable-prefix-caching', 'compute every prompt from its first token on')
    .option('--gpu-memory-utilization <share>', 'of the memory beside the weights (default: 0.9)', parseNumber)
    .option('--kv-cache-memory-bytes <bytes>', "of one rank's KV cache", parseInteger)
    .option('--cpu-kvcache-space <GiB>', "of one rank's KV cache (default: from the memory there is)", parseNumber)
    .option('--num-gpu-blocks-override <n>', 'KV blocks of 16 tokens, whatever memory there is', parseInteger)
    .option('--device <auto|cpu|webgpu|cuda>', 'where the model is computed (default: auto, which is the CPU)')
    .option(
      '-q, --quantization <name>',
      `of linear layers, at load: ${QUANTIZATIONS.join(', ')}; or the checkpoint's: gptq, awq (default: the checkpoint's)`,
    )
    .option('--cpus-per-worker <n>', "CPUs of one rank's bundle, a fraction allowed (default: 1)", parseNumber)
    .option('--load-format <auto|dummy>', 'dummy fills the weights at random (default: auto)')
    .option(
      '--generation-config <auto|vllm>',
      "sampling defaults: the model's generation_config.json, or vLLM's (default: auto)",
    );
}

/** Of one flag set; `seed` is the caller's, which has one flag for engine and sampling. */
export type EngineFlags = Omit<EngineArgs, 'seed' | 'servedModelName' | 'disableLogStats'>;

const ENGINE_FLAG_NAMES = [
  'model',
  'revision',
  'downloadDir',
  'tensorParallelSize',
  'pipelineParallelSize',
  'distributedExecutorBackend',
  'maxModelLen',
  'maxNumSeqs',
  'maxNumBatchedTokens',
  'maxLogprobs',
  'schedulingPolicy',
  'longPrefillTokenThreshold',
  'enableChunkedPrefill',
  'enablePrefixCaching',
  'gpuMemoryUtilization',
  'kvCacheMemoryBytes',
  'cpuKvcacheSpace',
  'numGpuBlocksOverride',
  'device',
  'quantization',
  'cpusPerWorker',
  'loadFormat',
  'generationConfig',
] as const satisfies readonly (keyof EngineFlags)[];

export function engineArgsOf(flags: EngineFlags): EngineFlags {
  return Object.fromEntries(
    ENGINE_FLAG_NAMES.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  ) as unknown as EngineFlags;
}
