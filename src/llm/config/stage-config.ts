import type { ExpertParallelConfig } from '../eplb/expert-parallel-config.js';
import type { CompilationLevel } from './compilation-config.js';
import type { Device } from './device.js';
import type { ModelConfig } from './model-config.js';

/** Half-open range of decoder layers [firstLayer, endLayer) that a pipeline stage holds. */
export interface LayerRange {
  readonly firstLayer: number;
  readonly endLayer: number;
}

/**
 * Everything a process needs to build its part of the model: one pipeline stage and the tensor-parallel ranks of it that
 * this process runs (one under the `ray` executor, all of them under `uni`).
 */
export interface StageConfig {
  readonly model: ModelConfig;
  readonly stage: number;
  readonly pipelineParallelSize: number;
  readonly layers: LayerRange;
  readonly tensorParallelSize: number;
  /** Where the experts are; without it every tensor-parallel rank holds a part of each. */
  readonly expertParallel?: ExpertParallelConfig | undefined;
  /** The tensor-parallel ranks, of 0..tensorParallelSize-1, that run in this process. */
  readonly localTensorRanks: readonly number[];
  /** KV slots: the most sequences that are in the cache at once. */
  readonly numSlots: number;
  /** The most tokens (rows × tokens a row) of one pass. */
  readonly maxNumBatchedTokens: number;
  /** Default `cpu`. */
  readonly device?: Device;
  /** Default {@link DEFAULT_COMPILATION_LEVEL}. */
  readonly compilation?: CompilationLevel | undefined;
  /** Threads of ONNX Runtime's intra-op pool in this process. */
  readonly numThreads: number;
  /** Busy-wait of ONNX Runtime's pool between operators; off when the host's ranks outnumber its cores. */
  readonly allowSpinning: boolean;
}
