import { balancedness } from './balancedness.js';
import type { LayerPlacement } from './expert-placement.js';
import { rebalanceExperts } from './rebalance-experts.js';

/** Moving experts stops all ranks while weights are read: what a layer gains must be worth it. */
const MIN_GAIN = 0.05;

/** One layer's new placement. */
export interface ExpertMove {
  readonly layer: number;
  readonly placement: LayerPlacement;
}

/** One layer's experts and what they had to do. */
export interface LayerLoad {
  readonly layer: number;
  readonly placement: LayerPlacement;
  /** Choices that went to each logical expert. */
  readonly load: readonly number[];
}

/**
 * Which layers' experts to place anew: those whose balancedness grows by 0.05 or more. The answer follows from the loads
 * alone, so ranks that counted the same choices move the same experts without a word.
 */
export function planExpertMoves(layers: readonly LayerLoad[]): ExpertMove[] {
  return layers.flatMap(({ layer, placement, load }) => {
    const numPhysical = placement.flat().length;
    const [rebalanced] = rebalanceExperts({ load: [load], numPhysical, numRanks: placement.length });
    const gain = balancedness(load, rebalanced!) - balancedness(load, placement);
    return gain < MIN_GAIN ? [] : [{ layer, placement: rebalanced! }];
  });
}
