import type { NodeId, PlacementGroupId } from '../../src/core/index.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';

/** A bundle that an agent has reserved, as it says. */
export interface HeldBundle {
  readonly placementGroupId: PlacementGroupId;
  readonly index: number;
  readonly isCommitted: boolean;
}

/** What is to be done about one group on one node so that the node holds what the head's record says. */
export interface BundleCorrection {
  readonly placementGroupId: PlacementGroupId;
  /** Held without a record that says so: the node is to give them back. */
  readonly giveBack: readonly number[];
  /** Reserved, and decided: the commit did not get through. */
  readonly commit: readonly number[];
  /** Recorded on the node, which does not hold them: they need another place. */
  readonly lost: readonly number[];
  /** Held and usable, as recorded. */
  readonly confirmed: readonly number[];
}

/**
 * Compares what a node holds with what the records say it holds.
 * @param isReserving groups whose nodes are being asked at this moment: what they hold of their plan is not settled yet.
 */
export function reconcileNode(
  groups: ReadonlyMap<PlacementGroupId, PlacementGroupRecord>,
  nodeId: NodeId,
  held: readonly HeldBundle[],
  isReserving: (placementGroupId: PlacementGroupId) => boolean,
): BundleCorrection[] {
  const concerned = new Set(held.map(({ placementGroupId }) => placementGroupId));
  for (const group of groups.values()) {
    if (group.state !== 'REMOVED' && group.nodeIds.includes(nodeId)) concerned.add(group.placementGroupId);
  }
  return [...concerned].map((placementGroupId) => {
    const ofGroup = held.filter((bundle) => bundle.placementGroupId === placementGroupId);
    const group = groups.get(placementGroupId);
    return correctGroup(placementGroupId, group, nodeId, ofGroup, isReserving(placementGroupId));
  });
}

function correctGroup(
  placementGroupId: PlacementGroupId,
  group: PlacementGroupRecord | undefined,
  nodeId: NodeId,
  held: readonly HeldBundle[],
  isReserving: boolean,
): BundleCorrection {
  const recorded = group && group.state !== 'REMOVED' ? indexesOn(group, nodeId) : [];
  const strays = held.filter(({ index }) => !recorded.includes(index)).map(({ index }) => index);
  const none: BundleCorrection = { placementGroupId, giveBack: strays, commit: [], lost: [], confirmed: [] };
  if (!group || isReserving) return none;
  const committed = held.filter(({ isCommitted }) => isCommitted).map(({ index }) => index);
  const reserved = held.filter(({ isCommitted }) => !isCommitted).map(({ index }) => index);
  const isDecided = group.state === 'PREPARED' || group.state === 'CREATED';
  const undecided = isDecided ? [] : reserved.filter((index) => recorded.includes(index));
  const kept = [...committed, ...(isDecided ? reserved : [])];
  return {
    placementGroupId,
    giveBack: [...strays, ...undecided],
    commit: isDecided ? reserved.filter((index) => recorded.includes(index)) : [],
    lost: recorded.filter((index) => !kept.includes(index)),
    confirmed: committed.filter((index) => recorded.includes(index)),
  };
}

const indexesOn = (group: PlacementGroupRecord, nodeId: NodeId): number[] =>
  group.nodeIds.flatMap((id, index) => (id === nodeId ? [index] : []));
