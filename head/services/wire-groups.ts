import {
  type ActorId,
  fromFixedPoint,
  InvalidArgumentError,
  type JobId,
  type NodeId,
  type PlacementGroupId,
} from '../../src/core/index.js';
import type {
  CreatePlacementGroupRequest,
  Draft,
  PlacementGroupUpdate,
  PlacementGroupView,
  PlacementGroupState as WireState,
  PlacementStrategy as WireStrategy,
} from '../../src/rpc/index.js';
import { validateLabelSelector } from '../placement/label-selector.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { PlacementGroupState } from '../placement/placement-group-state.js';
import { PlacementStrategy } from '../placement/plan-bundles.js';
import { validateBundles } from '../placement/validate-bundles.js';
import { requireUnits } from './require-units.js';

const toWireState = (state: PlacementGroupState): WireState => `PLACEMENT_GROUP_STATE_${state}`;
const toWireStrategy = (strategy: PlacementStrategy): WireStrategy => `PLACEMENT_STRATEGY_${strategy}`;

/** Undefined for a value that this version does not know. */
export function fromWireStrategy(wire: WireStrategy): PlacementStrategy | undefined {
  return Object.values(PlacementStrategy).find((strategy) => toWireStrategy(strategy) === wire);
}

export interface NewGroupContext {
  /** Where its name is unique: the request's, or its job's. */
  readonly namespace: string;
  readonly creatorActorId: ActorId | undefined;
  readonly nowMs: number;
}

/** @throws {InvalidArgumentError} when the request lacks something, or a bundle or condition is none. */
export function fromGroupRequest(
  request: CreatePlacementGroupRequest,
  { namespace, creatorActorId, nowMs }: NewGroupContext,
): PlacementGroupRecord {
  const strategy = fromWireStrategy(request.strategy);
  if (!request.placementGroupId || !strategy) {
    throw new InvalidArgumentError('createPlacementGroup: the id or the strategy is missing or unknown.');
  }
  const bundles = request.bundles.map((bundle) => requireUnits(bundle.units));
  validateBundles(bundles.map(fromFixedPoint));
  return {
    placementGroupId: request.placementGroupId as PlacementGroupId,
    jobId: request.jobId as JobId,
    name: request.name,
    namespace,
    isDetached: request.detached,
    creatorActorId,
    strategy,
    bundles,
    labelSelectors: labelSelectorsOf(request, bundles.length),
    softTargetNodeId: (request.softTargetNodeId || undefined) as NodeId | undefined,
    state: 'PENDING',
    nodeIds: bundles.map(() => undefined),
    gpuIds: bundles.map(() => undefined),
    reason: '',
    createdAtMs: nowMs,
    stateSinceMs: nowMs,
  };
}

function labelSelectorsOf({ bundleLabelSelector }: CreatePlacementGroupRequest, numBundles: number) {
  const selectors = bundleLabelSelector.map(({ terms }) => terms);
  for (const selector of selectors) validateLabelSelector(selector);
  if (selectors.length === 0 || selectors.length === numBundles) return selectors;
  throw new InvalidArgumentError(
    `bundleLabelSelector has ${selectors.length} entries for ${numBundles} bundles. Give one per bundle, {} for none.`,
  );
}

/** @param pendingReason why it waits, where that is to be told. */
export function toPlacementGroupUpdate(group: PlacementGroupRecord, pendingReason = ''): PlacementGroupUpdate {
  return {
    placementGroupId: group.placementGroupId,
    reason: pendingReason || group.reason,
    state: toWireState(group.state),
    nodeIds: group.nodeIds.map((nodeId) => nodeId ?? ''),
  };
}

export function toPlacementGroupView(
  group: PlacementGroupRecord,
  reason: string,
  nowMs: number,
): Draft<PlacementGroupView> {
  const { placementGroupId, name, namespace, jobId } = group;
  return {
    placementGroupId,
    name,
    namespace,
    jobId,
    reason,
    detached: group.isDetached,
    strategy: toWireStrategy(group.strategy),
    state: toWireState(group.state),
    bundles: group.bundles.map((units) => ({ units })),
    nodeIds: group.nodeIds.map((nodeId) => nodeId ?? ''),
    ageMs: nowMs - group.createdAtMs,
    stateSinceMs: group.stateSinceMs,
    bundleLabelSelector: group.labelSelectors.map((terms) => ({ terms })),
  };
}
