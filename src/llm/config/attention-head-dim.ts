/** ONNX Runtime's GroupQueryAttention rotates heads of multiples of this many values. */
const HEAD_DIM_MULTIPLE = 16;

/**
 * Values of a head as graphs and the KV cache hold it: the model's, and zeros up to a multiple of 16. The zeros change no
 * result, since they add nothing to the products of queries with keys, and what they give to values is never read.
 */
export function attentionHeadDim({ headDim }: { readonly headDim: number }): number {
  return Math.ceil(headDim / HEAD_DIM_MULTIPLE) * HEAD_DIM_MULTIPLE;
}
