import type { NodeSnapshot } from '../../head/placement/node-snapshot.js';
import type { BundleSet, PlacementStrategy } from '../../head/placement/plan-bundles.js';
import { type NodeId, type Resources, toFixedPoint } from '../../src/core/index.js';

/** A node in quantities ({GPU: 2}); everything is available unless said otherwise. */
export function node(
  id: string,
  total: Resources,
  available: Resources = total,
  change: Partial<NodeSnapshot> = {},
): NodeSnapshot {
  return {
    nodeId: id as NodeId,
    address: `host-${id}:1`,
    total: toFixedPoint(total),
    available: toFixedPoint(available),
    ...change,
  };
}

/** What is free of each GPU, in quantities, as a node's snapshot has it. */
export const gpuShares = (...free: number[]): NonNullable<NodeSnapshot['gpus']> =>
  free.map((quantity, index) => ({ gpuId: String(index), units: quantity * 10_000 }));

/** Bundles in quantities, to fixed point. */
export const bundlesOf = (...bundles: Resources[]): Resources[] => bundles.map(toFixedPoint);

/** Bundles that want to be placed together, without conditions unless the test has some. */
export function bundleSet(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  change: Partial<BundleSet> = {},
): BundleSet {
  return {
    strategy,
    bundles: bundles.map((resources) => ({ resources, labelSelector: {} })),
    excludedNodeIds: [],
    softTargetNodeId: undefined,
    ...change,
  };
}
