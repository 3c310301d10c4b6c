import { resolve } from 'node:path';
import { InvalidArgumentError } from '../../core/index.js';
import { blocksForTokens } from '../scheduler/kv-block-accounting.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import { type EngineArgs, type ResolvedEngineArgs, resolveEngineArgs } from './engine-args.js';
import type { ModelConfig } from './model-config.js';
import { createParallelConfig, type ParallelConfig } from './parallel-config.js';
import { readModelConfig } from './read-model-config.js';
import type { StageConfig } from './stage-config.js';

export type ExecutorBackend = 'ray' | 'uni';

/** Everything derived from the engine arguments and the model folder; a plain record that can be sent anywhere. */
export interface EngineConfig {
  readonly args: ResolvedEngineArgs;
  readonly model: ModelConfig;
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

function countBlocks(args: ResolvedEngineArgs, maxModelLen: number, numSlots: number): number {
  const blocksPerSequence = blocksForTokens(maxModelLen);
  const numBlocks = args.numGpuBlocksOverride ?? numSlots * blocksPerSequence;
  if (numBlocks < blocksPerSequence) {
    throw new InvalidArgumentError(
      `To serve at least one request with the model's max seq len (${maxModelLen}), ${blocksPerSequence} KV blocks are needed, which is larger than numGpuBlocksOverride (${numBlocks}). Increase it or decrease maxModelLen.`,
    );
  }
  return numBlocks;
}

function createSchedulerConfig(args: ResolvedEngineArgs, model: ModelConfig, numLanes: number): SchedulerConfig {
  if (args.maxNumBatchedTokens < args.maxNumSeqs) {
    throw new InvalidArgumentError(
      `maxNumBatchedTokens (${args.maxNumBatchedTokens}) must be greater than or equal to maxNumSeqs (${args.maxNumSeqs}).`,
    );
  }
  const sequencesPerLane = Math.ceil(args.maxNumSeqs / numLanes);
  const slotsPerLane = 2 * sequencesPerLane;
  return {
    numLanes,
    slotsPerLane,
    sequencesPerLane,
    maxPrefillTokensBesideDecodes: 256,
    longPrefillTokenThreshold: 0,
    enableChunkedPrefill: true,
    enablePrefixCaching: true,
    schedulingPolicy: 'fcfs',
    maxNumSeqs: args.maxNumSeqs,
    maxNumBatchedTokens: args.maxNumBatchedTokens,
    maxModelLen: model.maxModelLen,
    eosTokenIds: model.eosTokenIds,
    numBlocks: countBlocks(args, model.maxModelLen, numLanes * sequencesPerLane),
    seed: args.seed,
  };
}

/** The rules between arguments and model, without I/O. @throws {InvalidArgumentError} where they don't fit together. */
export function deriveEngineConfig(
  args: ResolvedEngineArgs,
  model: ModelConfig,
  layerPartition?: string,
): EngineConfig {
  const parallel = createParallelConfig(model, args, layerPartition);
  return {
    args,
    model,
    parallel,
    scheduler: createSchedulerConfig(args, model, parallel.pipelineParallelSize),
    executorBackend: chooseBackend(args, parallel),
    servedModelName: args.servedModelName ?? args.model,
  };
}

/**
 * Validates the arguments, reads the model folder and derives the rest. RAY_TS_PP_LAYER_PARTITION ("2,3,3,2") sets the
 * layers of the pipeline stages.
 * @throws {InvalidArgumentError} for arguments that can't work. @throws {ModelLoadError} for a folder that can't be read.
 */
export async function createEngineConfig(args: EngineArgs): Promise<EngineConfig> {
  const resolved = resolveEngineArgs(args);
  const model = await readModelConfig(resolve(resolved.model), {
    maxModelLen: resolved.maxModelLen,
    needsWeights: resolved.loadFormat !== 'dummy',
  });
  return deriveEngineConfig(resolved, model, process.env['RAY_TS_PP_LAYER_PARTITION']);
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
    numThreads: Math.max(1, Math.floor(args.cpusPerWorker)),
    allowSpinning: place.allowSpinning,
  };
}
