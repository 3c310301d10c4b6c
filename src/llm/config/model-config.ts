import type { CheckpointQuantization } from './checkpoint-quantization.js';
import type { ExpertsConfig } from './experts-config.js';
import type { Quantization } from './quantization.js';

/** What the engine and the ranks know of a model: read from its config.json once, on the driver, and sent to the ranks. */
export interface ModelConfig {
  /** Folder with config.json, *.safetensors and the tokenizer's files. */
  readonly modelPath: string;
  /** The supported architecture, as config.json's `architectures` names it: LlamaForCausalLM. */
  readonly architecture: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  /** Epsilon of every norm, of whichever kind the family has. */
  readonly normEps: number;
  /** Of layers that see all tokens. Families with learned positions ignore it. */
  readonly rope: RopeConfig;
  /** Undefined: every layer sees all tokens. */
  readonly slidingWindow?: SlidingWindowConfig | undefined;
  /** What products of queries and keys are multiplied by; default 1 / √headDim. */
  readonly attentionScale?: number | undefined;
  /** Divides a layer's attention scale by its number, counted from 1 (GPT-2's `scale_attn_by_inverse_layer_idx`). */
  readonly scalesAttentionByLayer?: boolean | undefined;
  /** Bounds attention scores s to (-c, c) as c · tanh(s / c), before the mask; default unbounded. */
  readonly attentionSoftcap?: number | undefined;
  /** Bounds logits likewise. */
  readonly logitsSoftcap?: number | undefined;
  /** Bounds queries, keys and values to [-c, c] before queries and keys are rotated (`clip_qkv`); default unbounded. */
  readonly clipQueryKeyValue?: number | undefined;
  /** Of the MLP; default silu. */
  readonly activation?: Activation | undefined;
  /** Undefined: every layer is dense. */
  readonly experts?: ExpertsConfig | undefined;
  /** The LM head shares the embedding's weights. */
  readonly tieWordEmbeddings: boolean;
  /** Of queries, keys and values. */
  readonly attentionBias: boolean;
  /** Of the projection after attention; default as {@link attentionBias}. */
  readonly attentionOutputBias?: boolean | undefined;
  readonly mlpBias: boolean;
  /** Rows of the table of learned positions, in families that have one. */
  readonly maxPositionEmbeddings?: number | undefined;
  /** Longest prompt plus output, in tokens: `--max-model-len`, or the model's own. */
  readonly maxModelLen: number;
  /** Tokens that end a sequence, from generation_config.json or config.json. */
  readonly eosTokenIds: readonly number[];
  readonly bosTokenId: number | undefined;
  /** What linear layers are converted to when the model loads; undefined: float32. */
  readonly quantization?: Quantization | undefined;
  /** How the checkpoint holds the linear layers that it has quantized; undefined: it has none. */
  readonly checkpointQuantization?: CheckpointQuantization | undefined;
}

/** Functions between the projections of an MLP; `gelu-tanh` is GELU's approximation by tanh. */
export type Activation = 'silu' | 'gelu' | 'gelu-tanh' | 'relu';

/** Layers that see a window of tokens only. */
export interface SlidingWindowConfig {
  /** Tokens that a token sees, itself included. */
  readonly size: number;
  /** For each of the model's layers, whether it has the window. */
  readonly layers: readonly boolean[];
  /** Of the layers with the window. */
  readonly rope: RopeConfig;
}

/** Rotary position embedding, as transformers' `rope_parameters`. */
export type RopeConfig = RopeBase & RopeScaling;

interface RopeBase {
  readonly theta: number;
  /** Share of a head's values that are rotated, the first ones; default 1. */
  readonly partialRotaryFactor?: number | undefined;
}

type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | { readonly type: 'proportional'; readonly factor: number }
  | { readonly type: 'dynamic'; readonly factor: number; readonly maxPositionEmbeddings: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositionEmbeddings: number;
    }
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Rounds the borders of the interpolation to whole rotations. */
      readonly truncate: boolean;
      readonly originalMaxPositionEmbeddings: number;
      /** Multiplies cosines and sines. */
      readonly attentionFactor: number;
    }
  | {
      readonly type: 'longrope';
      /** One per rotation, for models whose maxModelLen is at most the original length. */
      readonly shortFactor: readonly number[];
      /** For longer ones. */
      readonly longFactor: readonly number[];
      readonly originalMaxPositionEmbeddings: number;
      /** Multiplies cosines and sines. */
      readonly attentionFactor: number;
    };
