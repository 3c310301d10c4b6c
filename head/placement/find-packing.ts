import { addResources, fits, type NodeId, type Resources, subtractResources } from '../../src/core/index.js';
import type { NodeCapacity } from './node-capacity.js';
import { sortBundles } from './sort-bundles.js';

/** `gave-up`: the search was cut short, so that whether there is a packing is unknown. */
export type PackingSearch =
  | { readonly kind: 'found'; readonly nodeIds: readonly NodeId[] }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'gave-up' };

/** Placements of single bundles that a search may try: some ten milliseconds. */
const MAX_TRIALS = 10_000;

/**
 * Searches a way to divide the bundles over the nodes, several to a node, where a greedy strategy found none. Depth
 * first over the bundles, hardest first, each on the fullest node that takes it (so that the first descent is best-fit
 * decreasing), and back from dead ends.
 */
export function findPacking(bundles: readonly Resources[], nodes: readonly NodeCapacity[]): PackingSearch {
  const demand = bundles.reduce(addResources, {});
  const supply = nodes.map(({ free }) => free).reduce(addResources, {});
  if (!fits(demand, supply)) return { kind: 'impossible' };
  const search = new PackingDescent(bundles, nodes);
  return search.run();
}

/** The state of one search: which bundles are on which node so far, and how many trials are left. */
class PackingDescent {
  readonly #bundles: readonly Resources[];
  readonly #nodes: readonly NodeCapacity[];
  readonly #order: readonly number[];
  readonly #free: Resources[];
  readonly #nodeOfBundle: number[] = [];
  #numTrialsLeft = MAX_TRIALS;

  constructor(bundles: readonly Resources[], nodes: readonly NodeCapacity[]) {
    this.#bundles = bundles;
    this.#nodes = nodes;
    this.#order = sortBundles(bundles);
    this.#free = nodes.map(({ free }) => free);
  }

  run(): PackingSearch {
    if (this.#place(0)) {
      return { kind: 'found', nodeIds: this.#nodeOfBundle.map((node) => (this.#nodes[node] as NodeCapacity).nodeId) };
    }
    return this.#numTrialsLeft > 0 ? { kind: 'impossible' } : { kind: 'gave-up' };
  }

  /** Places the bundles from `depth` on in the order of the search. */
  #place(depth: number): boolean {
    const index = this.#order[depth];
    if (index === undefined) return true;
    const bundle = this.#bundles[index] as Resources;
    for (const node of this.#candidates(bundle)) {
      if (this.#numTrialsLeft === 0) return false;
      this.#numTrialsLeft -= 1;
      const before = this.#free[node] as Resources;
      this.#free[node] = subtractResources(before, bundle);
      this.#nodeOfBundle[index] = node;
      if (this.#place(depth + 1)) return true;
      this.#free[node] = before;
    }
    return false;
  }

  /** Nodes that take the bundle, fullest first; of nodes with the same rest only one, the others lead nowhere else. */
  #candidates(bundle: Resources): number[] {
    const nodeOfRest = new Map<string, number>();
    for (const [node, free] of this.#free.entries()) {
      if (!fits(bundle, free)) continue;
      const rest = JSON.stringify(Object.entries(free).sort());
      if (!nodeOfRest.has(rest)) nodeOfRest.set(rest, node);
    }
    const tightness = (node: number): number => sumOf(bundle, this.#free[node] as Resources);
    return [...nodeOfRest.values()].sort((left, right) => tightness(left) - tightness(right));
  }
}

/** How much a node has of the resources that a bundle wants, in bundles. */
function sumOf(bundle: Resources, free: Resources): number {
  return Object.entries(bundle).reduce((sum, [name, units]) => sum + (free[name] ?? 0) / units, 0);
}
