import {
  chooseAllocation,
  type NodeId,
  type ResourcePool,
  type Resources,
  takeFromPool,
} from '../../src/core/index.js';
import { type LabelSelector, type Labels, meetsSelector } from './label-selector.js';

/** What a strategy may still give out on one node: what is free now, or all of it to ask what could ever fit. */
export interface NodeCapacity {
  readonly nodeId: NodeId;
  readonly free: ResourcePool;
  readonly labels: Labels;
}

/** A bundle that is to be placed. */
export interface BundleRequest {
  /** In its group, for messages. Default: its position among those that are placed together. */
  readonly index?: number;
  /** Fixed point. */
  readonly resources: Resources;
  readonly labelSelector: LabelSelector;
}

/** True when the node may take the request and has room for it, on single GPUs where it asks for fractions. */
export function canHold({ resources, labelSelector }: BundleRequest, { free, labels }: NodeCapacity): boolean {
  return chooseAllocation(free, resources) !== undefined && meetsSelector(labels, labelSelector);
}

/** The node with the request on it; undefined when it can't hold it. */
export function takeBundle(request: BundleRequest, node: NodeCapacity): NodeCapacity | undefined {
  if (!meetsSelector(node.labels, request.labelSelector)) return undefined;
  const allocation = chooseAllocation(node.free, request.resources);
  return allocation && { ...node, free: takeFromPool(node.free, allocation) };
}

/** The node with all the requests on it, taken in this order, which is the order in which its agent takes them. */
export function takeBundles(requests: readonly BundleRequest[], node: NodeCapacity): NodeCapacity | undefined {
  return requests.reduce<NodeCapacity | undefined>((left, request) => left && takeBundle(request, left), node);
}

/** How much the node has free of a resource, its GPUs added up. */
export function freeOf({ free }: Pick<NodeCapacity, 'free'>, name: string): number {
  if (name !== 'GPU') return free.amounts[name] ?? 0;
  return free.gpus.reduce((sum, { units }) => sum + Math.max(0, units), 0);
}

/**
 * How empty a node would stay: the sum over the requested resources of the fraction left of what is free. Higher is
 * better, so that the emptiest node wins (worst fit), for PACK too.
 *
 * @source Ray's LeastResourceScorer
 */
function scoreNode(request: Resources, node: NodeCapacity): number {
  return Object.entries(request).reduce((sum, [name, units]) => {
    const free = freeOf(node, name);
    return sum + (free === 0 ? 0 : (free - units) / free);
  }, 0);
}

/** The node with the best score of those that can hold the request, the first of equals; undefined when none can. */
export function findBestNode(request: BundleRequest, nodes: readonly NodeCapacity[]): NodeCapacity | undefined {
  return findEmptiest(
    request.resources,
    nodes.filter((node) => canHold(request, node)),
  );
}

/** The node with the best score, the first of equals; undefined without nodes. */
export function findEmptiest(request: Resources, nodes: readonly NodeCapacity[]): NodeCapacity | undefined {
  let best: NodeCapacity | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    const score = scoreNode(request, node);
    if (score <= bestScore) continue;
    best = node;
    bestScore = score;
  }
  return best;
}
