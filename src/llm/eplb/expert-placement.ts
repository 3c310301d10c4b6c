/** How experts are dealt out to ranks before their load is known, with vLLM's names. */
export type ExpertPlacementStrategy = 'linear' | 'round_robin';

/**
 * One layer's physical experts: for each expert-parallel rank, the logical expert of every one that it holds. A logical
 * expert that several physical ones stand for has replicas; they are numbered in the order of ranks.
 */
export type LayerPlacement = readonly (readonly number[])[];

export interface PlacementOptions {
  /** Of the router's experts, the logical ones. */
  readonly numExperts: number;
  /** Physical experts beyond one for each logical expert: copies of the first ones, then of the first ones again. */
  readonly numRedundantExperts: number;
  readonly numRanks: number;
  readonly strategy: ExpertPlacementStrategy;
}

/** Physical experts of each rank: as many for all, one more for the first ranks where they don't divide (as in vLLM). */
export function expertsPerRank(numPhysical: number, numRanks: number): number[] {
  const least = Math.floor(numPhysical / numRanks);
  return Array.from({ length: numRanks }, (_, rank) => least + (rank < numPhysical % numRanks ? 1 : 0));
}

/**
 * Places a layer's physical experts: `linear` gives each rank a block of consecutive ones, `round_robin` gives expert e to
 * rank e % numRanks.
 */
export function placeExperts({
  numExperts,
  numRedundantExperts,
  numRanks,
  strategy,
}: PlacementOptions): LayerPlacement {
  const logical = Array.from({ length: numExperts + numRedundantExperts }, (_, physical) => physical % numExperts);
  if (strategy === 'round_robin') {
    return Array.from({ length: numRanks }, (_, rank) => logical.filter((_expert, index) => index % numRanks === rank));
  }
  let start = 0;
  return expertsPerRank(logical.length, numRanks).map((count) => {
    start += count;
    return logical.slice(start - count, start);
  });
}
