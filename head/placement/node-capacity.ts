import { fits, type NodeId, type Resources } from '../../src/core/index.js';

/** What a strategy may still give out on one node: its available resources, or its totals to ask what could ever fit. */
export interface NodeCapacity {
  readonly nodeId: NodeId;
  readonly free: Resources;
}

/**
 * How empty a node would stay: the sum over the requested resources of the fraction left of what is free. Higher is
 * better, so that the emptiest node wins (worst fit), for PACK too.
 *
 * @returns undefined when the request does not fit.
 * @source Ray's LeastResourceScorer
 */
function scoreNode(request: Resources, node: NodeCapacity): number | undefined {
  if (!fits(request, node.free)) return undefined;
  const fractions = Object.entries(request).map(([name, units]) => {
    const free = node.free[name] ?? 0;
    return free === 0 ? 0 : (free - units) / free;
  });
  return fractions.reduce((sum, fraction) => sum + fraction, 0);
}

/** The node with the best score, the first of equals, or undefined when the request fits none. */
export function findBestNode(request: Resources, nodes: readonly NodeCapacity[]): NodeCapacity | undefined {
  let best: NodeCapacity | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    const score = scoreNode(request, node);
    if (score === undefined || score <= bestScore) continue;
    best = node;
    bestScore = score;
  }
  return best;
}
