/**
 * Precisions of linear layers that weights are converted to when a model loads; everything else stays float32.
 *
 * | name            | weights                          | what they are multiplied by                         |
 * |-----------------|----------------------------------|-----------------------------------------------------|
 * | int8            | 8 bits, a scale per 128 inputs   | 8 bits, a scale per 128 values of a token            |
 * | int8-per-tensor | 8 bits, a scale per output       | 8 bits, one scale for all tokens of a pass: faster in prefill, less exact, and a request's results depend on what runs beside it |
 * | int4            | 4 bits, a scale per 128 inputs   | as int8                                              |
 * | int4-block32    | 4 bits, a scale per 32 inputs    | 8 bits, a scale per 32 values of a token             |
 */
export const QUANTIZATIONS = ['int8', 'int8-per-tensor', 'int4', 'int4-block32'] as const;

export type Quantization = (typeof QUANTIZATIONS)[number];
