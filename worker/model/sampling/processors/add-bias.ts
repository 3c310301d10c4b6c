/** Adds `biases[i]` to the logit of `tokenIds[i]`. Changes `logits`. */
export function addBias(logits: Float32Array, tokenIds: Int32Array, biases: Float32Array): void {
  for (let index = 0; index < tokenIds.length; index++) logits[tokenIds[index]!]! += biases[index]!;
}
