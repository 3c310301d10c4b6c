/** One round of the 32-bit finalizer of MurmurHash3: every input bit changes about half of the output's. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The seed, unsigned 32-bit, of a request's sampling: its own, or one that follows from the engine's seed and the
 * request's index, so that a run with the same requests repeats and two requests of one run differ.
 */
export function samplingSeed(ownSeed: number | undefined, engineSeed: number, requestIndex: number): number {
  return ownSeed === undefined ? mix(mix(engineSeed) + requestIndex) : ownSeed >>> 0;
}
