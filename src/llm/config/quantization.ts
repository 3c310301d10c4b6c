/**
 * Precisions of linear layers that weights are converted to when a model loads; everything else stays float32. A device
 * without a kernel for `int8` computes it as `int8-block128`.
 *
 * | name          | weights                         | what they are multiplied by                                   |
 * |---------------|---------------------------------|---------------------------------------------------------------|
 * | int8          | 8 bits, a scale per output      | 8 bits, a scale per token                                     |
 * | int8-block128 | 8 bits, a scale per 128 inputs  | 8 bits, a scale per 128 values of a token: half as fast in prefill |
 * | int4          | 4 bits, a scale per 128 inputs  | as int8-block128                                              |
 * | int4-block32  | 4 bits, a scale per 32 inputs   | 8 bits, a scale per 32 values of a token                      |
 */
export const QUANTIZATIONS = ['int8', 'int8-block128', 'int4', 'int4-block32'] as const;

export type Quantization = (typeof QUANTIZATIONS)[number];

/** Formats of checkpoints whose linear layers are quantized already. */
export const CHECKPOINT_QUANTIZATIONS = ['gptq', 'awq'] as const;

/** What `quantization` may be: a conversion at load, or the format that the checkpoint has. */
export const QUANTIZATION_NAMES = [...QUANTIZATIONS, ...CHECKPOINT_QUANTIZATIONS] as const;

export type QuantizationName = (typeof QUANTIZATION_NAMES)[number];
