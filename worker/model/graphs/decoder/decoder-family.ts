import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import type { Range, WeightSource } from '../../weights/index.js';
import type { CutContext, StageShard } from '../architecture.js';
import type { CutBuilder } from '../cut-builder.js';
import type { HeadLayout } from './head-layout.js';

/**
 * Builds what a layer computes between attention and the next layer, from its normed input [.., hiddenSize] to the rank's
 * partial sum of the same shape.
 */
export type MlpBlock = (shard: DecoderShard, cut: CutBuilder, layer: number, x: string) => string;

/** The inputs of GroupQueryAttention: queries, keys and values packed as the first, or each on its own. */
export type QueryKeyValue = readonly [query: string, key: string, value: string];

/** Makes a layer's queries, keys and values for the rank's heads from its normed input, each head as `layout` says. */
export type QueryKeyValueBlock = (
  shard: DecoderShard,
  cut: CutBuilder,
  layer: number,
  x: string,
  layout: HeadLayout,
) => QueryKeyValue;

/**
 * Checkpoint names, without `.weight` and `.bias`. Those of a layer follow its prefix, as `model.layers.3.`.
 * Norms that are left out are not computed.
 */
export interface WeightNames {
  readonly embedding: string;
  /** Learned positions, added to the embedding; left out: queries and keys are rotated instead. */
  readonly positions?: string;
  readonly finalNorm: string;
  readonly lmHead: string;
  /** Before the layer's number. */
  readonly layers: string;
  readonly attentionNorm: string;
  /** One projection, or one of each of queries, keys and values. */
  readonly queryKeyValue: string | readonly [query: string, key: string, value: string];
  /** Of each head's queries and keys, before they are rotated. */
  readonly queryKeyNorms?: readonly [query: string, key: string];
  readonly attentionOutput: string;
  /** Of what attention adds to the residual stream. */
  readonly attentionPostNorm?: string;
  readonly mlpNorm: string;
  readonly mlpPostNorm?: string;
}

/** What tells one family of decoder-only transformers from another, as far as its config.json doesn't. */
export interface DecoderFamily {
  readonly names: WeightNames;
  /** Root mean square, the same with a scale of 1 + weight, or mean and variance with a bias. */
  readonly norm: 'rms' | 'rms-plus-one' | 'layer';
  /** Multiplies the embedding by √hiddenSize. */
  readonly scalesEmbedding: boolean;
  readonly mlp: MlpBlock;
  /** Default: projections, and norms of each head where the checkpoint has them. */
  readonly queryKeyValue?: QueryKeyValueBlock;
  /** Makes a checkpoint of another layout look like PyTorch's linear layers, [outputs, inputs]; default as it is. */
  readonly adaptWeights?: (weights: WeightSource) => WeightSource;
}

/** What one tensor-parallel rank holds of a decoder, and where its weights come from. */
export interface DecoderShard
  extends Pick<CutContext, 'weights' | 'allocateWeights' | 'allocateBytes' | 'provider'>,
    Pick<StageShard, 'expertParallel'> {
  readonly family: DecoderFamily;
  readonly model: ModelConfig;
  readonly rank: number;
  readonly tensorParallelSize: number;
  readonly heads: Range;
  readonly keyValueHeads: Range;
  readonly vocabulary: Range;
  readonly vocabularyWidth: number;
}
