import { chooseAllocation, fits, type NodeId, type Resources } from '../../src/core/index.js';
import { meetsSelector } from './label-selector.js';
import type { NodeRequest } from './node-request.js';
import { availablePool, type NodeSnapshot } from './node-snapshot.js';

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
  const available = feasible.filter((node) => hasRoom(request.resources, node));
  if (available.length === 0) return { kind: 'unavailable' };
  const best =
    request.strategy.kind === 'SPREAD' ? nextInTurn(available, lastSpreadNodeId) : chooseHybrid(request, available);
  return { kind: 'placed', nodeId: best.nodeId };
}

/** The nodes that the request may go to and that could hold it, were they empty. */
export function feasibleNodes(request: NodeRequest, nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  const able = nodes.filter(({ total }) => fits(request.resources, total));
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
    if (Object.keys(selector).length === 0) return nodes;
    const meeting = nodes.filter(({ labels = {} }) => meetsSelector(labels, selector));
    if (meeting.length > 0) return meeting;
  }
  return [];
}

/** Only GPUs are taken one by one. */
function hasRoom(resources: Resources, node: NodeSnapshot): boolean {
  if (!fits(resources, node.available)) return false;
  return (resources['GPU'] ?? 0) === 0 || chooseAllocation(availablePool(node), resources) !== undefined;
}

function nextInTurn(nodes: readonly NodeSnapshot[], last: NodeId | undefined): NodeSnapshot {
  const inOrder = [...nodes].sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
  return inOrder.find(({ nodeId }) => last === undefined || nodeId > last) ?? inOrder[0]!;
}

/** How good a node is for a request; the lower wins, first by the bytes, then by the score, then by the id. */
interface Merit {
  readonly node: NodeSnapshot;
  /** Of the request's arguments that are not there. */
  readonly missingBytes: number;
  readonly score: number;
}

/**
 * Where most of the arguments lie; else the node with the lowest critical utilization, that is the used fraction of the
 * scarcest resource asked for. A request for nothing goes where the fewest are; a request without GPUs goes to nodes
 * without them while there are any. Ties go to the lowest node id.
 */
function chooseHybrid(request: NodeRequest, available: readonly NodeSnapshot[]): NodeSnapshot {
  const { resources, locality } = request;
  const names = Object.keys(resources);
  const meritOf = (node: NodeSnapshot): Merit => ({
    node,
    missingBytes: -(locality?.[node.nodeId] ?? 0),
    score: names.length === 0 ? (node.numHolders ?? 0) : scoreUtilization(names, node),
  });
  return avoidGpus(resources, available).map(meritOf).reduce(better).node;
}

function better(left: Merit, right: Merit): Merit {
  const difference =
    left.missingBytes - right.missingBytes ||
    left.score - right.score ||
    (left.node.nodeId < right.node.nodeId ? -1 : 1);
  return difference < 0 ? left : right;
}

function avoidGpus(resources: Resources, nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  if ((resources['GPU'] ?? 0) > 0) return nodes;
  const without = nodes.filter(({ total }) => (total['GPU'] ?? 0) === 0);
  return without.length > 0 ? without : nodes;
}

function scoreUtilization(names: readonly string[], { total, available }: NodeSnapshot): number {
  let critical = 0;
  for (const name of names) {
    const units = total[name] ?? 0;
    if (units > 0) critical = Math.max(critical, (units - (available[name] ?? 0)) / units);
  }
  return critical < SPREAD_THRESHOLD ? 0 : critical;
}

/** What must be free where a request is placed that holds less once it runs: the larger amount of each resource. */
export function mergeNeeds(held: Resources, needed: Resources): Resources {
  if (fits(needed, held)) return held;
  const merged: Record<string, number> = { ...held };
  for (const [name, units] of Object.entries(needed)) merged[name] = Math.max(units, held[name] ?? 0);
  return merged;
}
