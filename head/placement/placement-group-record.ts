import type { JobId, NodeId, PlacementGroupId, Resources } from '../../src/core/index.js';
import type { PlacementGroupState } from './placement-group-state.js';
import type { PlacementStrategy } from './plan-bundles.js';

export interface PlacementGroupRecord {
  readonly placementGroupId: PlacementGroupId;
  readonly jobId: JobId;
  readonly name: string;
  readonly strategy: PlacementStrategy;
  /** Fixed point. */
  readonly bundles: readonly Resources[];
  readonly state: PlacementGroupState;
  /**
   * The node of each bundle. In PENDING and RESCHEDULING a complete list means that the bundles are being reserved; an
   * undefined entry is a bundle that still needs a node.
   */
  readonly nodeIds: readonly (NodeId | undefined)[];
  /** Why it waits, or why it was removed. */
  readonly reason: string;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
}

/** True when some bundle waits to be given a node. */
export function needsPlacement(group: PlacementGroupRecord): boolean {
  return (group.state === 'PENDING' || group.state === 'RESCHEDULING') && group.nodeIds.some((nodeId) => !nodeId);
}

/** The indexes of the group's bundles on a node. */
export function bundlesOnNode(group: PlacementGroupRecord, nodeId: NodeId): number[] {
  return group.nodeIds.flatMap((id, index) => (id === nodeId ? [index] : []));
}
