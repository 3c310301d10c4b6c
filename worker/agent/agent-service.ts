import { type ActorId, IllegalStateError, InvalidArgumentError, type PlacementGroupId } from '../../src/core/index.js';
import type { ActorSpec, ServiceHandlers, Services } from '../../src/rpc/index.js';
import type { ActorTable } from './actor-table.js';
import type { ResourceLedger } from './resource-ledger.js';

export interface AgentServiceOptions {
  readonly ledger: ResourceLedger;
  readonly actors: ActorTable;
}

/** The handlers of the AgentService. Every one may be called again with the same arguments. */
export function agentService({
  ledger,
  actors,
}: AgentServiceOptions): Partial<ServiceHandlers<Services['AgentService']>> {
  return {
    prepareBundles: async ({ placementGroupId, bundles }) => {
      const id = placementGroupId as PlacementGroupId;
      const prepared = bundles.every((bundle) => ledger.prepareBundle(id, bundle.index, bundle.resources?.units ?? {}));
      // All or none: what fitted before one did not goes back.
      if (!prepared) for (const bundle of bundles) ledger.returnBundle(id, bundle.index);
      return { prepared };
    },
    commitBundles: async ({ placementGroupId, bundleIndexes }) => {
      const id = placementGroupId as PlacementGroupId;
      const lost = bundleIndexes.filter((index) => !ledger.commitBundle(id, index));
      if (lost.length === 0) return {};
      throw new IllegalStateError(
        `Bundles ${lost.join(', ')} of placement group ${id} are not reserved here any more.`,
      );
    },
    returnBundles: async ({ placementGroupId, bundleIndexes }) => {
      const id = placementGroupId as PlacementGroupId;
      // First the bundles, so that no actor is started in them while the others are ended.
      const inThem =
        bundleIndexes.length === 0
          ? ledger.returnBundles(id)
          : bundleIndexes.flatMap((index) => ledger.returnBundle(id, index));
      const message = `Its placement group ${placementGroupId} was removed.`;
      const kind = 'ACTOR_DEATH_KIND_PLACEMENT_GROUP_REMOVED';
      await Promise.all(inThem.map((actorId) => actors.kill(actorId, kind, message)));
      return {};
    },
    startActor: async ({ spec, bundleIndex }) => {
      if (!spec?.actorId) throw new InvalidArgumentError('startActor: the actor spec is missing.');
      return { started: startActor(spec, bundleIndex, ledger, actors) };
    },
    killActor: async ({ actorId, kind, message }) => {
      await actors.kill(actorId as ActorId, kind, message);
      return {};
    },
  };
}

function startActor(spec: ActorSpec, bundleIndex: number, ledger: ResourceLedger, actors: ActorTable): boolean {
  const actorId = spec.actorId as ActorId;
  if (actors.has(actorId)) return true;
  const placementGroupId = spec.strategy?.bundle?.placementGroupId;
  const bundle = placementGroupId ? { placementGroupId: placementGroupId as PlacementGroupId, bundleIndex } : undefined;
  const lease = ledger.leaseForActor(actorId, spec.resources?.units ?? {}, bundle);
  if (lease.kind !== 'leased') return false;
  actors.start(spec, lease.gpuIds);
  return true;
}
