/**
 * Makes tokens less likely that were seen, for a `penalty` above 1; below 1 more likely. Changes `logits`.
 * @source CTRL (Keskar et al., 2019); negative logits are multiplied, as in vLLM.
 */
export function penalizeRepetition(logits: Float32Array, seenTokenIds: Iterable<number>, penalty: number): void {
  for (const tokenId of seenTokenIds) {
    const logit = logits[tokenId]!;
    logits[tokenId] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

/**
 * Lowers the logits of tokens that the output has: by `frequencyPenalty` for each time, and once by `presencePenalty`.
 * Changes `logits`.
 */
export function penalizeOutput(
  logits: Float32Array,
  outputCounts: ReadonlyMap<number, number>,
  frequencyPenalty: number,
  presencePenalty: number,
): void {
  for (const [tokenId, count] of outputCounts) logits[tokenId]! -= count * frequencyPenalty + presencePenalty;
}
