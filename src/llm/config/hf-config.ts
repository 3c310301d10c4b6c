import { z } from 'zod';

const MAX_SIZE = 1 << 24;
const MAX_LAYERS = 1024;

const size = z.int().min(1).max(MAX_SIZE);
const factor = z.number().positive();
const tokenId = z.int().min(0);
const factors = z.array(factor).min(1).max(MAX_SIZE);

/**
 * RoPE settings in either spelling: transformers 5 writes `rope_parameters` with everything in it, older versions a top
 * level `rope_theta` and a `rope_scaling` whose kind is `rope_type` or `type`.
 */
const ropeSettings = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: factor.optional(),
  partial_rotary_factor: factor.max(1).nullish(),
  factor: factor.nullish(),
  low_freq_factor: factor.optional(),
  high_freq_factor: factor.optional(),
  original_max_position_embeddings: size.nullish(),
  attention_factor: factor.nullish(),
  beta_fast: factor.nullish(),
  beta_slow: factor.nullish(),
  mscale: z.number().min(0).nullish(),
  mscale_all_dim: z.number().min(0).nullish(),
  truncate: z.boolean().nullish(),
  short_factor: factors.nullish(),
  long_factor: factors.nullish(),
});

export type RopeSettings = z.output<typeof ropeSettings>;

/** Settings of each kind of layer; the keys tell this spelling from the one that is the same for all. */
const nestedRopeSettings = z.object({
  full_attention: ropeSettings.nullish(),
  sliding_attention: ropeSettings.nullish(),
});

/**
 * The fields of a decoder's config.json that ray-ts reads; others are ignored. Defaults that all families share are
 * here, others in ./families.
 */
export const hfConfigSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  /** Left out by GPT-2 alone. */
  intermediate_size: size.nullish(),
  num_hidden_layers: z.int().min(1).max(MAX_LAYERS),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: z.enum(['silu', 'swish', 'gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast', 'relu']).default('silu'),
  max_position_embeddings: size,
  original_max_position_embeddings: size.nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: factor.default(10_000),
  rope_local_base_freq: factor.optional(),
  partial_rotary_factor: factor.max(1).nullish(),
  rope_scaling: ropeSettings.nullish(),
  rope_parameters: ropeSettings.extend(nestedRopeSettings.shape).nullish(),
  sliding_window: size.nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.int().min(0).optional(),
  sliding_window_pattern: size.nullish(),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
  query_pre_attn_scalar: factor.optional(),
  attn_logit_softcapping: factor.nullish(),
  final_logit_softcapping: factor.nullish(),
  use_bidirectional_attention: z.literal(false, 'bidirectional attention is not supported').nullish(),
  num_local_experts: size.nullish(),
  num_experts_per_tok: size.nullish(),
  moe_intermediate_size: size.nullish(),
  norm_topk_prob: z.boolean().default(false),
  decoder_sparse_step: size.default(1),
  mlp_only_layers: z.array(z.int().min(0)).default([]),
  clip_qkv: factor.nullish(),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
});

export type HfConfig = z.output<typeof hfConfigSchema>;

/** Described by its own reader, since what it must hold depends on the method. */
export const hfQuantizationSchema = z.object({ quantization_config: z.unknown().optional() });

/** Read before the rest, so that an unsupported model is named as such and not by a field it lacks. */
export const hfArchitecturesSchema = z.object({ architectures: z.array(z.string()).min(1) });

export const hfGenerationConfigSchema = z.object({ eos_token_id: hfConfigSchema.shape.eos_token_id });
