import { z } from 'zod';

const MAX_SIZE = 1 << 24;
const MAX_LAYERS = 1024;

const size = z.int().min(1).max(MAX_SIZE);
const factor = z.number().positive();
const tokenId = z.int().min(0);

/**
 * RoPE settings in either spelling: transformers 5 writes `rope_parameters` with everything in it, older versions a top
 * level `rope_theta` and a `rope_scaling` whose kind is `rope_type` or `type`.
 */
const ropeSettings = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: factor.optional(),
  factor: factor.optional(),
  low_freq_factor: factor.optional(),
  high_freq_factor: factor.optional(),
  original_max_position_embeddings: size.optional(),
});

/** The fields of a Llama-like config.json that ray-ts reads; others are ignored. Defaults are transformers'. */
export const hfConfigSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: z.int().min(1).max(MAX_LAYERS),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: z.literal('silu').default('silu'),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: factor.default(10_000),
  rope_scaling: ropeSettings.nullish(),
  rope_parameters: ropeSettings.nullish(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  quantization_config: z.null('quantized checkpoints are not supported').optional(),
});

export type HfConfig = z.output<typeof hfConfigSchema>;

/** Read before the rest, so that an unsupported model is named as such and not by a field it lacks. */
export const hfArchitecturesSchema = z.object({ architectures: z.array(z.string()).min(1) });

export const hfGenerationConfigSchema = z.object({ eos_token_id: hfConfigSchema.shape.eos_token_id });
