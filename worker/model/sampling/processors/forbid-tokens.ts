/** Makes tokens impossible. Changes `logits`. */
export function forbidTokens(logits: Float32Array, tokenIds: Iterable<number>): void {
  for (const tokenId of tokenIds) logits[tokenId] = Number.NEGATIVE_INFINITY;
}
