import { chooseAllocation, fits, type NodeId, type Resources } from '../../src/core/index.js';
import { meetsSelector } from './label-selector.js';
import type { NodeRequest } from './node-request.js';
import { availablePool, type NodeSnapshot, totalPool } from './node-snapshot.js';

export type NodeChoice =
  | { readonly kind: 'placed'; readonly nodeId: NodeId }
  /** Some node has enough, but not now. */
  | { readonly kind: 'unavailable' }
  /** No node that the request may go to has enough, were it empty. */
  | { readonly kind: 'infeasible' };

/** Below this utilization a node counts as empty, so that work is packed before it is spread. */
const SPREAD_THRESHOLD = 0.5;

/**
 * The node of a request outside any placement group.
 *
 * @param nodes that may take work, in any order.
 * @param lastSpreadNodeId the node that the last SPREAD request got: the next one by id is this one's.
 * @source Ray's hybrid, spread and node affinity policies, without the random choice among the best
 */
export function chooseNode(
  request: NodeRequest,
  nodes: readonly NodeSnapshot[],
  lastSpreadNodeId?: NodeId,
): NodeChoice {
  const feasible = feasibleNodes(request, nodes);
  if (feasible.length === 0) return { kind: 'infeasible' };
  const available = feasible.filter((node) => chooseAllocation(availablePool(node), request.resources) !== undefined);
  if (available.length === 0) return { kind: 'unavailable' };
  const best =
    request.strategy.kind === 'SPREAD' ? nextInTurn(available, lastSpreadNodeId) : chooseHybrid(request, available);
  return { kind: 'placed', nodeId: best.nodeId };
}

/** The nodes that the request may go to and that could hold it, were they empty. */
export function feasibleNodes(request: NodeRequest, nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  const able = nodes.filter((node) => chooseAllocation(totalPool(node), request.resources) !== undefined);
  const { strategy } = request;
  if (strategy.kind !== 'NODE_AFFINITY') return meetingSelectors(request, able);
  const target = meetingSelectors(
    request,
    able.filter(({ nodeId }) => nodeId === strategy.nodeId),
  );
  return target.length > 0 || !strategy.isSoft ? target : meetingSelectors(request, able);
}

/** The nodes that meet the first selector that any node meets. */
function meetingSelectors({ labelSelectors }: NodeRequest, nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  for (const selector of labelSelectors) {
    const meeting = nodes.filter(({ labels = {} }) => meetsSelector(labels, selector));
    if (meeting.length > 0) return meeting;
  }
  return [];
}

function nextInTurn(nodes: readonly NodeSnapshot[], last: NodeId | undefined): NodeSnapshot {
  const inOrder = [...nodes].sort(byId);
  return inOrder.find(({ nodeId }) => last === undefined || nodeId > last) ?? inOrder[0]!;
}

/**
 * Where most of the arguments lie; else the node with the lowest critical utilization, that is the used fraction of the
 * scarcest resource asked for. A request for nothing goes where the fewest are; a request without GPUs goes to nodes
 * without them while there are any. Ties go to the lowest node id.
 */
function chooseHybrid(request: NodeRequest, available: readonly NodeSnapshot[]): NodeSnapshot {
  const { resources, locality = {} } = request;
  const wantsNothing = Object.keys(resources).length === 0;
  const [best] = avoidGpus(resources, available)
    .map((node) => ({
      node,
      bytes: locality[node.nodeId] ?? 0,
      score: wantsNothing ? (node.numHolders ?? 0) : scoreUtilization(resources, node),
    }))
    .sort((left, right) => right.bytes - left.bytes || left.score - right.score || byId(left.node, right.node));
  return best!.node;
}

function avoidGpus(resources: Resources, nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  if ((resources['GPU'] ?? 0) > 0) return nodes;
  const without = nodes.filter(({ total }) => (total['GPU'] ?? 0) === 0);
  return without.length > 0 ? without : nodes;
}

function scoreUtilization(request: Resources, { total, available }: NodeSnapshot): number {
  const utilizations = Object.keys(request).map((name) => {
    const units = total[name] ?? 0;
    return units === 0 ? 0 : (units - (available[name] ?? 0)) / units;
  });
  const critical = Math.max(0, ...utilizations);
  return critical < SPREAD_THRESHOLD ? 0 : critical;
}

const byId = (left: NodeSnapshot, right: NodeSnapshot): number => (left.nodeId < right.nodeId ? -1 : 1);

/** What must be free where a request is placed that holds less once it runs: the larger amount of each resource. */
export function mergeNeeds(held: Resources, needed: Resources): Resources {
  if (fits(needed, held)) return held;
  const merged: Record<string, number> = { ...held };
  for (const [name, units] of Object.entries(needed)) merged[name] = Math.max(units, held[name] ?? 0);
  return merged;
}
