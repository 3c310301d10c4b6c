import { formatResources } from '../../core/index.js';
import type { ActorView, GetClusterStateResponse, LeaseView, PlacementGroupView } from '../../rpc/index.js';

/** What waits for resources: alike demands on one line, each with why it waits below it. */
export function formatDemands({ actors, leases, placementGroups }: GetClusterStateResponse): string[] {
  const waitingActors = actors.filter(({ state, address }) => WAITING.has(state) && !address);
  const waitingLeases = leases.filter(({ address }) => !address);
  const waitingGroups = placementGroups.filter(({ state }) => GROUP_WAITING.has(state));
  return [
    ...describe([...waitingActors, ...waitingLeases].map(workDemand), 'pending tasks/actors'),
    ...describe(waitingGroups.map(groupDemand), 'pending placement groups'),
  ];
}

interface Demand {
  readonly shape: string;
  readonly isInGroup: boolean;
  /** May have several lines. */
  readonly reason: string;
}

const WAITING = new Set(['ACTOR_LIFE_STATE_PENDING_CREATION', 'ACTOR_LIFE_STATE_RESTARTING']);
const GROUP_WAITING = new Set(['PLACEMENT_GROUP_STATE_PENDING', 'PLACEMENT_GROUP_STATE_RESCHEDULING']);

function workDemand(work: ActorView | LeaseView): Demand {
  const { resources, placementGroupId, pendingReason } = work;
  return {
    shape: formatResources(resources?.units ?? {}),
    isInGroup: placementGroupId !== '',
    reason: pendingReason,
  };
}

function groupDemand(group: PlacementGroupView): Demand {
  const counts = new Map<string, number>();
  for (const bundle of group.bundles) {
    const shape = formatResources(bundle.units);
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  const shapes = [...counts].map(([shape, count]) => `${shape} * ${count}`).join(', ');
  const waited = group.reason && `waiting for ${Math.round(group.ageMs / 1_000)} s: ${group.reason}`;
  return {
    shape: `${shapes} (${group.strategy.slice('PLACEMENT_STRATEGY_'.length)})`,
    isInGroup: false,
    reason: waited,
  };
}

function describe(demands: readonly Demand[], what: string): string[] {
  const shapes = [...new Set(demands.map(({ shape }) => shape))];
  return shapes.flatMap((shape) => {
    const alike = demands.filter((demand) => demand.shape === shape);
    const numInGroups = alike.filter(({ isInGroup }) => isInGroup).length;
    const inGroups = numInGroups > 0 ? ` (${numInGroups} using placement groups)` : '';
    const reasons = [...new Set(alike.map(({ reason }) => reason).filter(Boolean))];
    return [`${shape}: ${alike.length} ${what}${inGroups}`, ...reasons.flatMap(indent)];
  });
}

const indent = (text: string): string[] => text.split('\n').map((line) => `   ${line}`);
