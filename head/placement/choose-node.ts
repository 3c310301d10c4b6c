import { fits, type NodeId, type Resources } from '../../src/core/index.js';
import type { NodeSnapshot } from './node-snapshot.js';

export type NodeChoice =
  | { readonly kind: 'placed'; readonly nodeId: NodeId }
  /** Some node has enough, but not now. */
  | { readonly kind: 'unavailable' }
  /** No node has enough, were it empty. */
  | { readonly kind: 'infeasible' };

/** Below this utilization a node counts as empty, so that work is packed before it is spread. */
const SPREAD_THRESHOLD = 0.5;

/**
 * The node of an actor outside any placement group: among those where it fits now, the one with the lowest critical
 * utilization, that is the used fraction of the scarcest resource asked for. Ties go to the lowest node id.
 *
 * @param request in fixed point.
 * @param nodes that may take work, in any order.
 * @source Ray's hybrid scheduling policy, without its random choice among the best
 */
export function chooseNode(request: Resources, nodes: readonly NodeSnapshot[]): NodeChoice {
  const [best] = nodes
    .filter(({ available }) => fits(request, available))
    .map((node) => ({ nodeId: node.nodeId, score: scoreUtilization(request, node) }))
    .sort((left, right) => left.score - right.score || (left.nodeId < right.nodeId ? -1 : 1));
  if (best !== undefined) return { kind: 'placed', nodeId: best.nodeId };
  return { kind: nodes.some(({ total }) => fits(request, total)) ? 'unavailable' : 'infeasible' };
}

function scoreUtilization(request: Resources, { total, available }: NodeSnapshot): number {
  const utilizations = Object.keys(request).map((name) => {
    const units = total[name] ?? 0;
    return units === 0 ? 0 : (units - (available[name] ?? 0)) / units;
  });
  const critical = Math.max(0, ...utilizations);
  return critical < SPREAD_THRESHOLD ? 0 : critical;
}
