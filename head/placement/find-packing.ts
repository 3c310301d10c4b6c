import type { NodeId } from '../../src/core/index.js';
import { type BundleRequest, canHold, freeOf, type NodeCapacity, takeBundle } from './node-capacity.js';
import { addBundles, sortBundles } from './sort-bundles.js';

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
export function findPacking(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): PackingSearch {
  const demand = Object.entries(addBundles(bundles).resources);
  const supplyOf = (name: string): number => nodes.reduce((sum, node) => sum + freeOf(node, name), 0);
  if (demand.some(([name, units]) => units > supplyOf(name))) return { kind: 'impossible' };
  return new PackingDescent(bundles, nodes).run();
}

/** The state of one search: which bundles are on which node so far, and how many trials are left. */
class PackingDescent {
  readonly #bundles: readonly BundleRequest[];
  readonly #order: readonly number[];
  readonly #nodes: NodeCapacity[];
  readonly #nodeOfBundle: number[] = [];
  #numTrialsLeft = MAX_TRIALS;

  constructor(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]) {
    this.#bundles = bundles;
    this.#nodes = [...nodes];
    this.#order = sortBundles(bundles);
  }

  run(): PackingSearch {
    if (this.#place(0)) {
      return { kind: 'found', nodeIds: this.#nodeOfBundle.map((node) => this.#nodes[node]!.nodeId) };
    }
    return this.#numTrialsLeft > 0 ? { kind: 'impossible' } : { kind: 'gave-up' };
  }

  /** Places the bundles from `depth` on in the order of the search. */
  #place(depth: number): boolean {
    const index = this.#order[depth];
    if (index === undefined) return true;
    const bundle = this.#bundles[index]!;
    for (const node of this.#candidates(bundle)) {
      if (this.#numTrialsLeft === 0) return false;
      this.#numTrialsLeft -= 1;
      const before = this.#nodes[node]!;
      this.#nodes[node] = takeBundle(bundle, before)!;
      this.#nodeOfBundle[index] = node;
      if (this.#place(depth + 1)) return true;
      this.#nodes[node] = before;
    }
    return false;
  }

  /** Nodes that take the bundle, fullest first; of nodes with the same rest only one, the others lead nowhere else. */
  #candidates(bundle: BundleRequest): number[] {
    const nodeOfRest = new Map<string, number>();
    for (const [index, node] of this.#nodes.entries()) {
      if (!canHold(bundle, node)) continue;
      const rest = JSON.stringify([Object.entries(node.free.amounts).sort(), sortedUnits(node), node.labels]);
      if (!nodeOfRest.has(rest)) nodeOfRest.set(rest, index);
    }
    const tightness = (index: number): number => sumOf(bundle, this.#nodes[index]!);
    return [...nodeOfRest.values()].sort((left, right) => tightness(left) - tightness(right));
  }
}

const sortedUnits = ({ free }: NodeCapacity): number[] => free.gpus.map(({ units }) => units).sort((a, b) => a - b);

/** How much a node has of the resources that a bundle wants, in bundles. */
function sumOf({ resources }: BundleRequest, node: NodeCapacity): number {
  return Object.entries(resources).reduce((sum, [name, units]) => sum + freeOf(node, name) / units, 0);
}
