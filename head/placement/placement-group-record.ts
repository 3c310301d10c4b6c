import type { ActorId, JobId, NodeId, PlacementGroupId, Resources } from '../../src/core/index.js';
import type { LabelSelector } from './label-selector.js';
import type { PlacementGroupState } from './placement-group-state.js';
import type { BundleSet, PlacementStrategy } from './plan-bundles.js';

export interface PlacementGroupRecord {
  readonly placementGroupId: PlacementGroupId;
  readonly jobId: JobId;
  /** Unique in its namespace while the group lives; empty for none. */
  readonly name: string;
  readonly namespace: string;
  /** It outlives its job, and the actor that made it. */
  readonly isDetached: boolean;
  /** The actor whose process made it; undefined for a driver, or a task. */
  readonly creatorActorId: ActorId | undefined;
  readonly strategy: PlacementStrategy;
  /** Fixed point. */
  readonly bundles: readonly Resources[];
  /** Conditions on the node of each bundle; empty for none at all. */
  readonly labelSelectors: readonly LabelSelector[];
  readonly softTargetNodeId: NodeId | undefined;
  readonly state: PlacementGroupState;
  /**
   * The node of each bundle. In PENDING and RESCHEDULING a complete list means that the bundles are being reserved; an
   * undefined entry is a bundle that still needs a node.
   */
  readonly nodeIds: readonly (NodeId | undefined)[];
  /** The GPUs of each bundle, as its agent has said; undefined while it has not. */
  readonly gpuIds: readonly (readonly string[] | undefined)[];
  /** Why it was removed, or what became of its bundles; why it waits is worked out when somebody asks. */
  readonly reason: string;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  /** Unix milliseconds: since when it is in its state. */
  readonly stateSinceMs: number;
}

/** True when some bundle waits to be given a node. */
export function needsPlacement(group: PlacementGroupRecord): boolean {
  return (group.state === 'PENDING' || group.state === 'RESCHEDULING') && group.nodeIds.some((nodeId) => !nodeId);
}

/** The indexes of the group's bundles on a node. */
export function bundlesOnNode(group: PlacementGroupRecord, nodeId: NodeId): number[] {
  return group.nodeIds.flatMap((id, index) => (id === nodeId ? [index] : []));
}

/** The indexes of the bundles that have no node. */
export function missingBundles({ nodeIds }: PlacementGroupRecord): number[] {
  return nodeIds.flatMap((nodeId, index) => (nodeId ? [] : [index]));
}

/** The indexes of the bundles that have one. */
export function heldBundles({ nodeIds }: PlacementGroupRecord): number[] {
  return nodeIds.flatMap((nodeId, index) => (nodeId ? [index] : []));
}

/** True when actors and tasks may go into the bundle: it is committed, and the group, were it half lost, still has it. */
export function isUsableBundle({ state, nodeIds, gpuIds }: PlacementGroupRecord, index: number): boolean {
  if (!nodeIds[index]) return false;
  return state === 'CREATED' || (state === 'RESCHEDULING' && Boolean(gpuIds[index]));
}

/** The bundles of these indexes, to be placed beside those that the group has. */
export function toBundleSet(group: PlacementGroupRecord, indexes: readonly number[]): BundleSet {
  const others = group.nodeIds.filter((nodeId, index): nodeId is NodeId => !!nodeId && !indexes.includes(index));
  return {
    strategy: group.strategy,
    bundles: indexes.map((index) => ({
      index,
      resources: group.bundles[index] ?? {},
      labelSelector: group.labelSelectors[index] ?? {},
    })),
    excludedNodeIds: group.strategy === 'STRICT_SPREAD' ? others : [],
    softTargetNodeId: group.softTargetNodeId,
  };
}

/** `placement group trainers`, or its id where it has no name. */
export const describeGroupName = ({ name, placementGroupId }: PlacementGroupRecord): string =>
  `placement group ${name || placementGroupId.slice(0, 8)}`;

/** Why nobody can use a group that was removed. */
export const removedMessage = ({ placementGroupId, reason }: PlacementGroupRecord): string =>
  `Placement group ${placementGroupId} was removed: ${(reason || 'by its owner').replace(/\.$/, '')}.`;
