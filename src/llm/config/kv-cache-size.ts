import { InvalidArgumentError } from '../../core/index.js';
import { BLOCK_SIZE, blocksForTokens } from '../scheduler/kv-block-accounting.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import { attentionHeadDim } from './attention-head-dim.js';
import type { ResolvedEngineArgs } from './engine-args.js';
import type { ModelConfig } from './model-config.js';
import type { ParallelConfig } from './parallel-config.js';

const FLOAT_BYTES = 4;
const GIB = 2 ** 30;

/** Memory that the ranks of a host may use, in bytes. */
export interface HostMemory {
  readonly availableBytes: number;
  /** What the weights will take of it, at most. */
  readonly weightBytes: number;
}

interface KvCacheLimits {
  /** Sequences that run at once. */
  readonly numSequences: number;
  /** Slots that exist: those of the sequences, and those of cached prefixes. */
  readonly numSlots: number;
}

/** Bytes of a block's keys and values, float32, on the rank that has the most layers. */
function bytesPerBlock(model: ModelConfig, { stageLayers, tensorParallelSize }: ParallelConfig): number {
  const numLayers = Math.max(...stageLayers.map(({ firstLayer, endLayer }) => endLayer - firstLayer));
  const numHeads = Math.max(1, Math.ceil(model.numKeyValueHeads / tensorParallelSize));
  return 2 * numLayers * numHeads * attentionHeadDim(model) * BLOCK_SIZE * FLOAT_BYTES;
}

/** Of one rank; undefined when nothing was said and nothing is known. Ranks and replicas are taken to share one host. */
function availableBytes(
  args: ResolvedEngineArgs,
  { worldSize, dataParallelSizeLocal }: ParallelConfig,
  memory: HostMemory | undefined,
): number | undefined {
  if (args.kvCacheMemoryBytes !== undefined) return args.kvCacheMemoryBytes;
  if (args.cpuKvcacheSpace !== undefined && args.cpuKvcacheSpace > 0) return args.cpuKvcacheSpace * GIB;
  if (memory === undefined) return undefined;
  const numReplicas = Math.max(dataParallelSizeLocal, 1);
  const freeBytes = memory.availableBytes - memory.weightBytes * numReplicas;
  return (freeBytes * args.gpuMemoryUtilization) / (worldSize * numReplicas);
}

/** To three digits, so that a budget that is a little too small does not read as large as what is needed. */
const gib = (bytes: number): string => `${Number((bytes / GIB).toPrecision(3))} GiB`;

function tooSmall(numBlocks: number, maxModelLen: number, blockBytes: number, available: number): InvalidArgumentError {
  if (numBlocks <= 0) {
    return new InvalidArgumentError(
      'No available memory for the cache blocks. Try increasing gpuMemoryUtilization, kvCacheMemoryBytes or cpuKvcacheSpace when initializing the engine.',
    );
  }
  return new InvalidArgumentError(
    `To serve at least one request with the model's max seq len (${maxModelLen}), ${gib(blocksForTokens(maxModelLen) * blockBytes)} of KV cache are needed, which is larger than the available KV cache memory (${gib(available)}). Based on the available memory, the estimated maximum model length is ${numBlocks * BLOCK_SIZE}. Try increasing gpuMemoryUtilization, kvCacheMemoryBytes or cpuKvcacheSpace, or decreasing maxModelLen when initializing the engine.`,
  );
}

function checkOverride(numBlocks: number, maxModelLen: number): number {
  const blocksPerSequence = blocksForTokens(maxModelLen);
  if (numBlocks >= blocksPerSequence) return numBlocks;
  throw new InvalidArgumentError(
    `To serve at least one request with the model's max seq len (${maxModelLen}), ${blocksPerSequence} KV blocks are needed, which is larger than numGpuBlocksOverride (${numBlocks}). Increase it or decrease maxModelLen.`,
  );
}

/**
 * KV blocks of the engine, over all its slots: `numGpuBlocksOverride`; else what fits into the memory that the arguments
 * name, and no more than all slots can hold; else what fits into the memory there is, and no more than all sequences need
 * at their longest.
 * @throws {InvalidArgumentError} when that is not enough for one sequence of the model's length.
 */
export function countKvBlocks(
  args: ResolvedEngineArgs,
  model: ModelConfig,
  parallel: ParallelConfig,
  { numSequences, numSlots }: KvCacheLimits,
  memory: HostMemory | undefined,
): number {
  const { maxModelLen } = model;
  if (args.numGpuBlocksOverride !== undefined) return checkOverride(args.numGpuBlocksOverride, maxModelLen);
  const isChosen = args.kvCacheMemoryBytes !== undefined || (args.cpuKvcacheSpace ?? 0) > 0;
  const mostBlocks = (isChosen ? numSlots : numSequences) * blocksForTokens(maxModelLen);
  const available = availableBytes(args, parallel, memory);
  if (available === undefined) return mostBlocks;
  const blockBytes = bytesPerBlock(model, parallel);
  const numBlocks = Math.floor(available / blockBytes);
  if (numBlocks < blocksForTokens(maxModelLen)) throw tooSmall(numBlocks, maxModelLen, blockBytes, available);
  return Math.min(numBlocks, mostBlocks);
}

/** What vLLM logs of the KV cache when an engine starts. @param device as the argument names it. */
export function describeKvCache(
  { numBlocks, maxModelLen }: Pick<SchedulerConfig, 'numBlocks' | 'maxModelLen'>,
  device: string,
): string[] {
  const count = (value: number) => value.toLocaleString('en-US');
  const concurrency = (numBlocks / blocksForTokens(maxModelLen)).toFixed(2);
  const place = ['webgpu', 'cuda'].includes(device) ? 'GPU' : 'CPU';
  return [
    `${place} KV cache size: ${count(numBlocks * BLOCK_SIZE)} tokens`,
    `Maximum concurrency for ${count(maxModelLen)} tokens per request: ${concurrency}x`,
  ];
}
