const BITS = 32;
const ALL_ALLOWED = -1;

/**
 * Makes the tokens impossible whose bit is 0. Changes `logits`.
 * @param bitmask int32 [ceil(vocabSize / 32)]; token t has bit t % 32 of word floor(t / 32).
 */
export function applyBitmask(logits: Float32Array, bitmask: Int32Array): void {
  for (let index = 0; index < bitmask.length; index++) {
    const word = bitmask[index]!;
    if (word === ALL_ALLOWED) continue;
    const start = index * BITS;
    const end = Math.min(start + BITS, logits.length);
    if (word === 0) {
      logits.fill(Number.NEGATIVE_INFINITY, start, end);
      continue;
    }
    for (let token = start; token < end; token++) {
      if (((word >>> (token - start)) & 1) === 0) logits[token] = Number.NEGATIVE_INFINITY;
    }
  }
}
