import { fromFixedPoint, type Resources } from '../core/index.js';
import type { PlacementGroupView } from '../rpc/index.js';
import { ensureConnection } from './init.js';
import type { PlacementGroup } from './placement-group.js';

/** A placement group as the head has it now. */
export interface PlacementGroupInfo {
  readonly placementGroupId: string;
  readonly name: string;
  readonly namespace: string;
  readonly strategy: string;
  /** PENDING, PREPARED, CREATED, RESCHEDULING or REMOVED. */
  readonly state: string;
  readonly bundles: readonly Resources[];
  /** By bundle; empty where one has no node. */
  readonly bundlesToNodeId: readonly string[];
  /** Why it waits, with a table per node, or why it was removed. */
  readonly reason: string;
  readonly isDetached: boolean;
  readonly jobId: string;
}

/**
 * The placement group, also one that was removed lately.
 * @throws {InvalidArgumentError} when the head knows no such group.
 */
export async function placementGroupTable(group: PlacementGroup): Promise<PlacementGroupInfo>;
/** Every placement group that the head knows, by id. */
export async function placementGroupTable(): Promise<Readonly<Record<string, PlacementGroupInfo>>>;
export async function placementGroupTable(
  group?: PlacementGroup,
): Promise<PlacementGroupInfo | Readonly<Record<string, PlacementGroupInfo>>> {
  const { head } = await ensureConnection();
  if (group !== undefined) {
    const { placementGroup } = await head.call('getPlacementGroup', { placementGroupId: group.id });
    return toInfo(placementGroup!);
  }
  const { placementGroups } = await head.call('getClusterState', {});
  return Object.fromEntries(placementGroups.map((view) => [view.placementGroupId, toInfo(view)]));
}

function toInfo(view: PlacementGroupView): PlacementGroupInfo {
  const { placementGroupId, name, namespace, strategy, state, bundles, nodeIds, reason, detached, jobId } = view;
  return {
    placementGroupId,
    name,
    namespace,
    strategy: strategy.replace('PLACEMENT_STRATEGY_', ''),
    state: state.replace('PLACEMENT_GROUP_STATE_', ''),
    bundles: bundles.map(({ units }) => fromFixedPoint(units)),
    bundlesToNodeId: nodeIds,
    reason,
    isDetached: detached,
    jobId,
  };
}
