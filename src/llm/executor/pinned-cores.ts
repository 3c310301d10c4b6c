/** Cores that a rank keeps to, as places among those that its process may use: `count` of them from `first` on. */
export interface PinnedCores {
  readonly first: number;
  readonly count: number;
}

/** A rank among those of its host. */
export interface RankOnHost {
  /** From 0 to `numRanks` - 1. */
  readonly index: number;
  readonly numRanks: number;
  /** Of each rank. */
  readonly numThreads: number;
  readonly numCores: number;
}

/**
 * Gives every rank cores of its own where the ranks take the host's cores exactly: other threads, such as the engine
 * core's, then can't make two ranks share a core, and with it the pace of one. Undefined on a host with cores to spare,
 * where ranks of another engine would be given the same ones.
 */
export function choosePinnedCores({ index, numRanks, numThreads, numCores }: RankOnHost): PinnedCores | undefined {
  if (numRanks * numThreads !== numCores) return undefined;
  return { first: index * numThreads, count: numThreads };
}
