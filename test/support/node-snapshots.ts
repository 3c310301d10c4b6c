import type { NodeSnapshot } from '../../head/placement/node-snapshot.js';
import { type NodeId, type Resources, toFixedPoint } from '../../src/core/index.js';

/** A node in quantities ({GPU: 2}); everything is available unless said otherwise. */
export function node(id: string, total: Resources, available: Resources = total): NodeSnapshot {
  return {
    nodeId: id as NodeId,
    address: `host-${id}:1`,
    total: toFixedPoint(total),
    available: toFixedPoint(available),
  };
}

/** Bundles in quantities, to fixed point. */
export const bundlesOf = (...bundles: Resources[]): Resources[] => bundles.map(toFixedPoint);
