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
