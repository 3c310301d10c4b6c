import { addResources, type Resources, subtractResources } from '../../core/index.js';
import type { GetClusterStateResponse } from '../../rpc/index.js';

/** Amounts in fixed point, over the nodes that are alive. */
export interface Usage {
  readonly total: Resources;
  /** By actors and tasks, in placement groups and outside. */
  readonly used: Resources;
  /** By bundles. */
  readonly reserved: Resources;
  readonly usedOfReserved: Resources;
}

/** What actors, tasks and placement groups hold. A bundle holds all of its resources; what is in it uses some of them. */
export function sumUsage({ nodes, placementGroups, actors, leases }: GetClusterStateResponse): Usage {
  const alive = nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  const sum = (all: readonly (Resources | undefined)[]): Resources =>
    all.reduce<Resources>((left, right) => addResources(left, right ?? {}), {});
  const total = sum(alive.map((node) => node.total?.units));
  const held = subtractResources(total, sum(alive.map((node) => node.available?.units)));
  const reserved = sum(
    placementGroups
      .filter((group) => group.state !== 'PLACEMENT_GROUP_STATE_REMOVED')
      .flatMap((group) => group.bundles.filter((_, index) => group.nodeIds[index]).map((bundle) => bundle.units)),
  );
  const inBundles = [
    ...actors.filter((actor) => actor.state === 'ACTOR_LIFE_STATE_ALIVE' && actor.placementGroupId),
    ...leases.filter((lease) => lease.address && lease.placementGroupId),
  ];
  const usedOfReserved = sum(inBundles.map((holder) => holder.resources?.units));
  return { total, reserved, usedOfReserved, used: addResources(subtractResources(held, reserved), usedOfReserved) };
}
