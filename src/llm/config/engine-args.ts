import { z } from 'zod';
import { type CompilationConfig, compilationLevelSchema } from './compilation-config.js';
import { DEVICES, type Device } from './device.js';
import { type ParallelArgs, parallelArgsShape } from './parallel/parallel-args.js';
import { parseOptions } from './parse-options.js';
import { QUANTIZATION_NAMES, type QuantizationName } from './quantization.js';

const MAX_TOKENS = 1 << 24;
const MAX_SEQUENCES = 4096;
const MAX_CPUS = 1024;
const MAX_SEED = 2 ** 32 - 1;

const integer = (min: number, max: number) => z.int().min(min).max(max);

const tokenCount = integer(1, MAX_TOKENS).describe(`an integer from 1 to ${MAX_TOKENS}`);

const engineArgsSchema = z.strictObject({
  model: z.string().min(1).describe('the path of a model folder, or org/name on the Hugging Face hub'),
  revision: z.string().min(1).optional().describe('a branch, a tag or a commit'),
  downloadDir: z.string().min(1).optional().describe('the path of a folder'),
  ...parallelArgsShape,
  maxModelLen: tokenCount.optional().describe(tokenCount.description!),
  maxNumSeqs: integer(1, MAX_SEQUENCES).default(16).describe(`an integer from 1 to ${MAX_SEQUENCES}`),
  maxNumBatchedTokens: tokenCount.default(2048).describe(tokenCount.description!),
  numGpuBlocksOverride: tokenCount.optional().describe(tokenCount.description!),
  gpuMemoryUtilization: z.number().positive().max(1).default(0.9).describe('a number above 0 and up to 1'),
  kvCacheMemoryBytes: z.int().min(1).optional().describe('an integer of at least 1'),
  cpuKvcacheSpace: z.number().min(0).optional().describe('a number of GiB of at least 0'),
  enablePrefixCaching: z.boolean().default(true).describe('true or false'),
  enableChunkedPrefill: z.boolean().default(true).describe('true or false'),
  longPrefillTokenThreshold: integer(0, MAX_TOKENS).default(0).describe(`an integer from 0 to ${MAX_TOKENS}`),
  schedulingPolicy: z.enum(['fcfs', 'priority']).default('fcfs').describe("one of 'fcfs', 'priority'"),
  seed: integer(0, MAX_SEED).default(0).describe(`an integer from 0 to ${MAX_SEED}`),
  device: z.enum(DEVICES).default('auto').describe("one of 'auto', 'cpu', 'webgpu', 'cuda'"),
  quantization: z
    .enum(QUANTIZATION_NAMES)
    .optional()
    .describe(`one of '${QUANTIZATION_NAMES.join("', '")}'`),
  cpusPerWorker: z.number().positive().max(MAX_CPUS).default(1).describe(`a number above 0 and up to ${MAX_CPUS}`),
  loadFormat: z.enum(['auto', 'dummy']).default('auto').describe("one of 'auto', 'dummy'"),
  maxLogprobs: integer(-1, MAX_TOKENS).default(20).describe('an integer of at least -1'),
  servedModelName: z.string().min(1).optional().describe('a name of at least one character'),
  generationConfig: z.enum(['auto', 'vllm']).default('auto').describe("one of 'auto', 'vllm'"),
  disableLogStats: z.boolean().default(false).describe('true or false'),
  compilationConfig: compilationLevelSchema.optional().describe(compilationLevelSchema.description!),
});

/** Engine arguments after validation, with every default filled in. */
export type ResolvedEngineArgs = z.output<typeof engineArgsSchema>;

/** How to load and run a model; the names are vLLM's EngineArgs in camelCase. */
export interface EngineArgs extends ParallelArgs {
  /**
   * Folder of a Hugging Face model (config.json, *.safetensors, tokenizer.json), or its name on the hub, org/name, from where
   * it is fetched into the cache.
   */
  readonly model: string;
  /** Branch, tag or commit of a model from the hub. Default main. */
  readonly revision?: string | undefined;
  /** Folder of the cache for models from the hub. Default HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub. */
  readonly downloadDir?: string | undefined;
  /** Longest prompt plus output, in tokens. Default and upper limit: the model's own. */
  readonly maxModelLen?: number | undefined;
  /** Sequences in the batch at most. Default 16. */
  readonly maxNumSeqs?: number | undefined;
  /** Tokens of one step at most, prompts' and outputs'; longer prompts are computed in chunks. Default 2048. */
  readonly maxNumBatchedTokens?: number | undefined;
  /** KV blocks of 16 tokens, whatever memory there is. For testing preemption. */
  readonly numGpuBlocksOverride?: number | undefined;
  /** Share of the memory that the weights leave free which the KV cache may use. Default 0.9. */
  readonly gpuMemoryUtilization?: number | undefined;
  /** Bytes of one rank's KV cache; goes before `cpuKvcacheSpace` and `gpuMemoryUtilization`. */
  readonly kvCacheMemoryBytes?: number | undefined;
  /** GiB of one rank's KV cache on the CPU; 0 derives it from the memory there is. Default VLLM_CPU_KVCACHE_SPACE, else 0. */
  readonly cpuKvcacheSpace?: number | undefined;
  /** Keep what ended requests have computed, for later ones that begin alike. Default true. */
  readonly enablePrefixCaching?: boolean | undefined;
  /** Compute long prompts over several steps. Default true; false needs maxNumBatchedTokens ≥ maxModelLen. */
  readonly enableChunkedPrefill?: boolean | undefined;
  /** Prompt tokens at most that one request computes in a step; 0 is no limit. Default 0. */
  readonly longPrefillTokenThreshold?: number | undefined;
  /** Who is served first: who came first, or who has the lowest priority value. Default `fcfs`. */
  readonly schedulingPolicy?: 'fcfs' | 'priority' | undefined;
  /** Seed that the requests without one derive theirs from. Default 0. */
  readonly seed?: number | undefined;
  /** What computes the model: `webgpu` is a GPU through Vulkan, `cuda` is refused with the reason. Default `auto`, which is the CPU. */
  readonly device?: Device | undefined;
  /**
   * Precision that linear layers are converted to when the model loads; of a checkpoint in `gptq` or `awq`, that name. Default:
   * the checkpoint's own; what it has not quantized is computed in float32.
   */
  readonly quantization?: QuantizationName | undefined;
  /** CPUs of one rank's bundle; its ONNX Runtime gets as many threads, rounded down, at least one. Default 1. */
  readonly cpusPerWorker?: number | undefined;
  /** `dummy` fills the weights at random, for measuring without a checkpoint. Default `auto`. */
  readonly loadFormat?: 'auto' | 'dummy' | undefined;
  /** Likeliest tokens that a request may ask for with `logprobs` and `promptLogprobs`; -1 is the vocabulary. Default 20. */
  readonly maxLogprobs?: number | undefined;
  /** Name in the outputs of the API server. Default: `model`. */
  readonly servedModelName?: string | undefined;
  /** Where default sampling parameters come from: `auto`, the model's generation_config.json; `vllm`, vLLM's own. Default `auto`. */
  readonly generationConfig?: 'auto' | 'vllm' | undefined;
  /** Neither count nor log what the engine does. Default false; for offline use (`LLM`) true. */
  readonly disableLogStats?: boolean | undefined;
  /** How far the graphs are optimized: 0 not at all to 3 the most, which starts slowest the first time and keeps the graphs for the next. Default 2. */
  readonly compilationConfig?: CompilationConfig | undefined;
}

/** @throws {InvalidArgumentError} naming the argument, what it must be and what it was. */
export function resolveEngineArgs(args: EngineArgs): ResolvedEngineArgs {
  return parseOptions(engineArgsSchema, 'engine argument', args);
}
