import { InvalidArgumentError } from '../../core/index.js';
import type { HubModel } from '../hub/hub-model.js';
import { locateModel } from '../hub/locate-model.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import { chooseConversion } from './checkpoint-quantization.js';
import { checkDevice } from './device.js';
import { type EngineArgs, type ResolvedEngineArgs, resolveEngineArgs } from './engine-args.js';
import { countKvBlocks, type HostMemory } from './kv-cache-size.js';
import type { ModelConfig } from './model-config.js';
import { createParallelConfig, type ParallelConfig } from './parallel-config.js';
import { readHostMemory } from './read-host-memory.js';
import { readModelConfig } from './read-model-config.js';
import type { StageConfig } from './stage-config.js';

export type ExecutorBackend = 'ray' | 'uni';

/** Everything derived from the engine arguments and the model folder; a plain record that can be sent anywhere. */
export interface EngineConfig {
  readonly args: ResolvedEngineArgs;
  readonly model: ModelConfig;
  /** Where other hosts get the weights from; undefined for a local folder. */
  readonly hub?: HubModel | undefined;
  readonly parallel: ParallelConfig;
  readonly scheduler: SchedulerConfig;
  readonly executorBackend: ExecutorBackend;
  /** The model's name in the outputs of the API server. */
  readonly servedModelName: string;
}

/** As vLLM: one rank needs no other process. */
function chooseBackend(args: ResolvedEngineArgs, parallel: ParallelConfig): ExecutorBackend {
  return args.distributedExecutorBackend ?? (parallel.worldSize === 1 ? 'uni' : 'ray');
}

/** KV slots for cached prefixes, for each slot of a running sequence: enough to keep what a whole batch leaves behind. */
const CACHE_SLOTS_PER_SEQUENCE = 1;

/**
 * Prompt tokens of a step that also decodes. At 256 the weights are read for many tokens at once, so a larger chunk
 * computes hardly more tokens a second, while what decodes would wait longer.
 */
const MAX_PREFILL_TOKENS_BESIDE_DECODES = 256;

function checkSchedulerArgs(args: ResolvedEngineArgs, maxModelLen: number): void {
  const { maxNumBatchedTokens, maxNumSeqs, enableChunkedPrefill, longPrefillTokenThreshold } = args;
  if (maxNumBatchedTokens < maxNumSeqs) {
    throw new InvalidArgumentError(
      `maxNumBatchedTokens (${maxNumBatchedTokens}) must be greater than or equal to maxNumSeqs (${maxNumSeqs}).`,
    );
  }
  if (!enableChunkedPrefill && maxNumBatchedTokens < maxModelLen) {
    throw new InvalidArgumentError(
      `maxNumBatchedTokens (${maxNumBatchedTokens}) is smaller than maxModelLen (${maxModelLen}). This effectively limits the maximum sequence length to maxNumBatchedTokens: longer sequences could never be computed without chunked prefill. Increase maxNumBatchedTokens, decrease maxModelLen or enable chunked prefill.`,
    );
  }
  if (longPrefillTokenThreshold > maxModelLen) {
    throw new InvalidArgumentError(
      `longPrefillTokenThreshold (${longPrefillTokenThreshold}) cannot be greater than maxModelLen (${maxModelLen}).`,
    );
  }
}

function createSchedulerConfig(
  args: ResolvedEngineArgs,
  model: ModelConfig,
  parallel: ParallelConfig,
  memory: HostMemory | undefined,
): SchedulerConfig {
  checkSchedulerArgs(args, model.maxModelLen);
  const numLanes = parallel.pipelineParallelSize;
  const sequencesPerLane = Math.ceil(args.maxNumSeqs / numLanes);
  const slotsPerLane = sequencesPerLane * (args.enablePrefixCaching ? 1 + CACHE_SLOTS_PER_SEQUENCE : 1);
  const limits = { numSequences: numLanes * sequencesPerLane, numSlots: numLanes * slotsPerLane };
  return {
    numLanes,
    slotsPerLane,
    sequencesPerLane,
    maxNumSeqs: args.maxNumSeqs,
    maxNumBatchedTokens: args.maxNumBatchedTokens,
    maxPrefillTokensBesideDecodes: MAX_PREFILL_TOKENS_BESIDE_DECODES,
    longPrefillTokenThreshold: args.longPrefillTokenThreshold,
    enableChunkedPrefill: args.enableChunkedPrefill,
    enablePrefixCaching: args.enablePrefixCaching,
    schedulingPolicy: args.schedulingPolicy,
    maxModelLen: model.maxModelLen,
    eosTokenIds: model.eosTokenIds,
    numBlocks: countKvBlocks(args, model, parallel, limits, memory),
    seed: args.seed,
  };
}

/**
 * The rules between arguments and model, without I/O.
 * @param memory of the host; without it the KV cache is as large as the sequences need at their longest.
 * @throws {InvalidArgumentError} where they don't fit together.
 */
export function deriveEngineConfig(
  args: ResolvedEngineArgs,
  model: ModelConfig,
  layerPartition?: string,
  memory?: HostMemory,
): EngineConfig {
  checkDevice(args.device, args.tensorParallelSize);
  const parallel = createParallelConfig(model, args, layerPartition);
  return {
    args,
    model,
    parallel,
    scheduler: createSchedulerConfig(args, model, parallel, memory),
    executorBackend: chooseBackend(args, parallel),
    servedModelName: args.servedModelName ?? args.model,
  };
}

function cpuKvcacheSpaceOfEnvironment(): number | undefined {
  const value = process.env['VLLM_CPU_KVCACHE_SPACE'];
  return value === undefined || value === '' ? undefined : Number(value);
}

/**
 * Validates the arguments, fetches the model if it is the hub's, reads its folder and derives the rest.
 * RAY_TS_PP_LAYER_PARTITION ("2,3,3,2") sets the layers of the pipeline stages, VLLM_CPU_KVCACHE_SPACE the GiB of a rank's KV
 * cache when no argument does.
 * @throws {InvalidArgumentError} for arguments that can't work.
 * @throws {ModelLoadError} for a folder that can't be read or fetched.
 */
export async function createEngineConfig(args: EngineArgs): Promise<EngineConfig> {
  const resolved = resolveEngineArgs({
    ...args,
    cpuKvcacheSpace: args.cpuKvcacheSpace ?? cpuKvcacheSpaceOfEnvironment(),
  });
  const needsWeights = resolved.loadFormat !== 'dummy';
  const { revision, downloadDir, maxModelLen } = resolved;
  const { modelPath, hub } = await locateModel(resolved.model, { revision, downloadDir, needsWeights });
  const described = await readModelConfig(modelPath, { maxModelLen, needsWeights });
  const model = {
    ...described,
    quantization: chooseConversion(resolved.quantization, described.checkpointQuantization),
  };
  const layerPartition = process.env['RAY_TS_PP_LAYER_PARTITION'];
  return { ...deriveEngineConfig(resolved, model, layerPartition, await readHostMemory(modelPath)), hub };
}

/** What one process needs to build its ranks of a stage. */
export function createStageConfig(
  config: EngineConfig,
  place: { readonly stage: number; readonly localTensorRanks: readonly number[]; readonly allowSpinning: boolean },
): StageConfig {
  const { args, model, parallel, scheduler } = config;
  return {
    model,
    stage: place.stage,
    pipelineParallelSize: parallel.pipelineParallelSize,
    layers: parallel.stageLayers[place.stage]!,
    tensorParallelSize: parallel.tensorParallelSize,
    localTensorRanks: place.localTensorRanks,
    numSlots: scheduler.numLanes * scheduler.slotsPerLane,
    maxNumBatchedTokens: args.maxNumBatchedTokens,
    device: args.device,
    numThreads: Math.max(1, Math.floor(args.cpusPerWorker)),
    allowSpinning: place.allowSpinning,
  };
}
