import type { LayerPlacement } from './expert-placement.js';

/**
 * How even the ranks' load of a layer is: the mean over the ranks, divided by the largest. 1 is best; 1 also without load.
 * @param load choices that went to each logical expert, of which its replicas are taken to get the same share.
 */
export function balancedness(load: readonly number[], placement: LayerPlacement): number {
  const numReplicas = load.map(() => 0);
  for (const expert of placement.flat()) numReplicas[expert]! += 1;
  const ranks = placement.map((held) => held.reduce((sum, expert) => sum + load[expert]! / numReplicas[expert]!, 0));
  const largest = Math.max(...ranks);
  return largest === 0 ? 1 : ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length / largest;
}
