import { InvalidArgumentError } from '../../core/index.js';
import { createExpertParallelConfig, type ExpertParallelConfig } from '../eplb/expert-parallel-config.js';
import type { HubModel } from '../hub/hub-model.js';
import { locateModel } from '../hub/locate-model.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import { chooseConversion } from './checkpoint-quantization.js';
import { createParallelConfig, type ParallelContext } from './create-parallel-config.js';
import { checkDevice } from './device.js';
import { type EngineArgs, type ResolvedEngineArgs, resolveEngineArgs } from './engine-args.js';
import { countKvBlocks, type HostMemory } from './kv-cache-size.js';
import type { ModelConfig } from './model-config.js';
import type { ExecutorBackend } from './parallel/executor-backend.js';
import type { Environment } from './parallel/parallel-environment.js';
import { readMachineFacts } from './parallel/read-machine-facts.js';
import type { ParallelConfig } from './parallel-config.js';
import { readHostMemory } from './read-host-memory.js';
import { readModelConfig } from './read-model-config.js';
import type { StageConfig } from './stage-config.js';

/**
 * Everything derived from the engine arguments and the model folder; a plain record that can be sent anywhere, unless the
 * arguments have a placement group or a class of executors.
 */
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
  /** What was decided against the words of the arguments, a line each, for the user to read. */
  readonly warnings: readonly string[];
}

/** What arguments and model don't say. */
export interface EngineContext extends ParallelContext {
  /** Of the host; without it the KV cache is as large as the sequences need at their longest. */
  readonly memory?: HostMemory | undefined;
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
 * @throws {InvalidArgumentError} where they don't fit together.
 */
export function deriveEngineConfig(
  args: ResolvedEngineArgs,
  model: ModelConfig,
  context: EngineContext = {},
): EngineConfig {
  checkDevice(args.device, args.tensorParallelSize);
  const { parallel, executorBackend, warnings } = createParallelConfig(model, args, context);
  return {
    args,
    model,
    parallel,
    scheduler: createSchedulerConfig(args, model, parallel, context.memory),
    executorBackend,
    warnings,
    servedModelName: args.servedModelName ?? args.model,
  };
}

function cpuKvcacheSpaceOf(environment: Environment): number | undefined {
  const value = environment['VLLM_CPU_KVCACHE_SPACE'];
  return value === undefined || value === '' ? undefined : Number(value);
}

/**
 * Validates the arguments, fetches the model if it is the hub's, reads its folder and derives the rest.
 * Where no argument says otherwise, the environment does: docs/engine-arguments.md has its variables.
 * @throws {InvalidArgumentError} for arguments that can't work.
 * @throws {ModelLoadError} for a folder that can't be read or fetched.
 */
export async function createEngineConfig(
  args: EngineArgs,
  environment: Environment = process.env,
): Promise<EngineConfig> {
  const resolved = resolveEngineArgs({
    ...args,
    cpuKvcacheSpace: args.cpuKvcacheSpace ?? cpuKvcacheSpaceOf(environment),
  });
  const needsWeights = resolved.loadFormat !== 'dummy';
  const { revision, downloadDir, maxModelLen } = resolved;
  const { modelPath, hub } = await locateModel(resolved.model, { revision, downloadDir, needsWeights });
  const described = await readModelConfig(modelPath, { maxModelLen, needsWeights });
  const model = {
    ...described,
    quantization: chooseConversion(resolved.quantization, described.checkpointQuantization),
  };
  const [machine, memory] = await Promise.all([readMachineFacts(resolved, environment), readHostMemory(modelPath)]);
  return { ...deriveEngineConfig(resolved, model, { environment, machine, memory }), hub };
}

function placeExperts(model: ModelConfig, parallel: ParallelConfig): ExpertParallelConfig | undefined {
  if (!parallel.enableExpertParallel) return undefined;
  const { windowSize, stepInterval, numRedundantExperts } = parallel.eplbConfig;
  return createExpertParallelConfig(model, {
    numRanks: parallel.tensorParallelSize,
    strategy: parallel.expertPlacementStrategy,
    numRedundantExperts,
    balancing: parallel.enableEplb ? { windowSize, stepInterval } : undefined,
  });
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
    expertParallel: placeExperts(model, parallel),
    localTensorRanks: place.localTensorRanks,
    numSlots: scheduler.numLanes * scheduler.slotsPerLane,
    maxNumBatchedTokens: args.maxNumBatchedTokens,
    device: args.device,
    compilation: args.compilationConfig,
    numThreads: Math.max(1, Math.floor(args.cpusPerWorker)),
    allowSpinning: place.allowSpinning,
  };
}
