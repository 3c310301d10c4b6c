import type { ModelConfig } from '../../../src/llm/config/model-config.js';
import type { LayerRange } from '../../../src/llm/config/stage-config.js';
import type { ExpertParallelConfig } from '../../../src/llm/eplb/expert-parallel-config.js';
import type { ExecutionProvider } from '../ort/index.js';
import type { TensorRank, WeightSource } from '../weights/index.js';
import type { Cut } from './cut.js';

/** The part of a model that one tensor-parallel rank of one pipeline stage computes. */
export interface StageShard {
  readonly model: ModelConfig;
  readonly layers: LayerRange;
  /** Holds the embedding: its passes start from token ids, others from the previous stage's hidden states. */
  readonly isFirstStage: boolean;
  /** Holds the final norm and the LM head. */
  readonly isLastStage: boolean;
  readonly tensorRank: TensorRank;
  /** Its ranks are the tensor-parallel ones. Without it every rank holds a part of each expert. */
  readonly expertParallel?: ExpertParallelConfig | undefined;
}

/** What an architecture builds its graphs from. */
export interface CutContext {
  readonly shard: StageShard;
  readonly weights: WeightSource;
  /** What will compute the graphs; default `cpu`. */
  readonly provider?: ExecutionProvider;
  /** Zeroed memory for `length` weights, which lives until the cut that uses them was loaded. */
  allocateWeights(length: number): Float32Array;
  /** As {@link allocateWeights}, of `length` bytes, for weights in other forms. */
  allocateBytes(length: number): Uint8Array;
  /** Awaited whenever a layer's weights were read. */
  afterLayer(): Promise<void>;
}

/** Builds one graph. It needs no other to be built before, so graphs may be built in any order and by several threads. */
export type CutRecipe = (context: CutContext) => Promise<Cut>;

/**
 * A shard's graphs in the order in which a pass runs them. With more than one tensor-parallel rank, the cuts lie exactly at
 * the all-reduces, and their kinds and number are the same for every rank.
 * @param layersPerCut - with one rank, the layers that share a graph. Default all, which runs fastest; with fewer, less
 * memory is needed to load them.
 */
export type Architecture = (shard: StageShard, layersPerCut?: number) => readonly CutRecipe[];
