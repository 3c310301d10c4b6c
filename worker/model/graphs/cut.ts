import type { OnnxModel } from '../onnx/index.js';

/** Layers that see all tokens, or those with a sliding window: a model may rotate the two differently. */
export type RotaryLayers = 'full' | 'sliding';

/**
 * What a graph's inputs and outputs stand for in a pass over [rows, tokens]; the runner binds each to memory.
 *
 * | kind           | tensor                                                        |
 * |----------------|---------------------------------------------------------------|
 * | token-ids      | int64 [rows, tokens], rows of the rank's embedding             |
 * | hidden-states  | float32 [rows, tokens, hiddenSize], the residual stream        |
 * | partial-sum    | float32 [rows, tokens, hiddenSize], one rank's share of a sum  |
 * | last-positions | int32 [rows], position of each row's last token                |
 * | total-length   | int32 scalar, the longest row's tokens, this pass included     |
 * | rotary-cos/sin | float32 [maxModelLen, headDim / 2], of layers of that kind     |
 * | key/value-cache | float32 [rows, keyValueHeads, maxModelLen, headDim], in place |
 * | expert-counts  | int64 [numExperts], choices of the pass that went to each expert of a layer, of all ranks |
 * | logits         | float32 [rows, vocabularyWidth], of each row's last token      |
 *
 * headDim is the graph's, `attentionHeadDim` of the model.
 */
export type PassValue =
  | { readonly kind: 'token-ids' }
  | { readonly kind: 'hidden-states' }
  | { readonly kind: 'partial-sum'; readonly rank: number }
  | { readonly kind: 'last-positions' }
  | { readonly kind: 'total-length' }
  | { readonly kind: 'rotary-cos'; readonly layers: RotaryLayers }
  | { readonly kind: 'rotary-sin'; readonly layers: RotaryLayers }
  | { readonly kind: 'key-cache'; readonly layer: number }
  | { readonly kind: 'value-cache'; readonly layer: number }
  | { readonly kind: 'expert-counts'; readonly layer: number }
  | { readonly kind: 'logits' };

/** An input or output of a graph. */
export interface CutPort {
  /** Its name in the graph. */
  readonly name: string;
  readonly value: PassValue;
}

/**
 * One graph of a rank's chain. Between two cuts all ranks meet, so that partial sums written by one are read by the
 * next. An input `hidden-states` is the residual stream as the previous writer left it.
 */
export interface Cut {
  /** For messages, as `layers.3.mlp`. */
  readonly name: string;
  /** `sampled-passes`: makes logits, and is left out of passes that no token is sampled after. */
  readonly runsIn: 'every-pass' | 'sampled-passes';
  readonly model: OnnxModel;
  readonly inputs: readonly CutPort[];
  readonly outputs: readonly CutPort[];
}
