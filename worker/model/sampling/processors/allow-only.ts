/** Makes all other tokens impossible. Changes `logits`. */
export function allowOnly(logits: Float32Array, tokenIds: Int32Array): void {
  const allowed = Float32Array.from(tokenIds, (tokenId) => logits[tokenId]!);
  logits.fill(Number.NEGATIVE_INFINITY);
  for (let index = 0; index < tokenIds.length; index++) logits[tokenIds[index]!] = allowed[index]!;
}
