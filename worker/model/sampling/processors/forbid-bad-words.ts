/** The output ends with all tokens of the word but the last. */
function isAboutToEnd(word: Int32Array, outputTokenIds: readonly number[]): boolean {
  const start = outputTokenIds.length - (word.length - 1);
  if (start < 0) return false;
  for (let index = 0; index < word.length - 1; index++) {
    if (outputTokenIds[start + index] !== word[index]) return false;
  }
  return true;
}

/** Makes the last token of every word impossible that the output has but for that one. Changes `logits`. */
export function forbidBadWords(
  logits: Float32Array,
  words: readonly Int32Array[],
  outputTokenIds: readonly number[],
): void {
  for (const word of words) {
    if (isAboutToEnd(word, outputTokenIds)) logits[word.at(-1)!] = Number.NEGATIVE_INFINITY;
  }
}
