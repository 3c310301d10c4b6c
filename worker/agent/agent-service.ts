import {
  type ActorId,
  IllegalStateError,
  InvalidArgumentError,
  type LeaseId,
  type PlacementGroupId,
} from '../../src/core/index.js';
import type { ServiceHandlers, Services, StartActorRequest } from '../../src/rpc/index.js';
import type { ActorTable } from './actor-table.js';
import type { ResourceLedger } from './resource-ledger.js';
import type { HolderId } from './resource-ledger-state.js';
import type { LeaseTable } from './tasks/lease-table.js';

export interface AgentServiceOptions {
  readonly ledger: ResourceLedger;
  readonly actors: ActorTable;
  readonly leases: LeaseTable;
  /** False while the node joins or leaves the cluster. */
  readonly takesWork: () => boolean;
}

type AgentHandlers = ServiceHandlers<Services['AgentService']>;

/** The handlers of the AgentService for resources and processes. Every one may be called again with the same arguments. */
export function agentService(
  options: AgentServiceOptions,
): Pick<
  AgentHandlers,
  'prepareBundles' | 'commitBundles' | 'returnBundles' | 'startActor' | 'killActor' | 'leaseWorker' | 'returnWorker'
> {
  const { ledger, actors, leases, takesWork } = options;
  return {
    prepareBundles: async ({ placementGroupId, bundles }) => {
      if (!takesWork()) return { prepared: false };
      const id = placementGroupId as PlacementGroupId;
      const prepared = bundles.every((bundle) => ledger.prepareBundle(id, bundle.index, bundle.resources?.units ?? {}));
      // All or none: what fitted before one did not goes back.
      if (!prepared) for (const bundle of bundles) ledger.returnBundle(id, bundle.index);
      const gpus = bundles.map(({ index }) => ({ gpuIds: [...ledger.gpuIdsOfBundle(id, index)] }));
      return { prepared, gpus: prepared ? gpus : [] };
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
      // First the bundles, so that nothing is started in them while the others are ended.
      const inThem =
        bundleIndexes.length === 0
          ? ledger.returnBundles(id)
          : bundleIndexes.flatMap((index) => ledger.returnBundle(id, index));
      await Promise.all(inThem.map((holder) => endForRemovedGroup(holder, id, options)));
      return {};
    },
    startActor: async (request) => ({ started: takesWork() && startActor(request, options) }),
    killActor: async ({ actorId, kind, message, graceful }) => {
      const ended = actors.kill(actorId as ActorId, { kind, message }, graceful);
      // In order it takes as long as the calls do: the report says when it is over.
      if (!graceful) await ended;
      return {};
    },
    leaseWorker: async (request) => {
      if (!request.leaseId) throw new InvalidArgumentError('leaseWorker: the id of the lease is missing.');
      return takesWork() ? leases.lease(request) : { leased: false };
    },
    returnWorker: async ({ leaseId, force }) => {
      await leases.giveBack(leaseId as LeaseId, force);
      return {};
    },
  };
}

/** One of the two tables has it. */
async function endForRemovedGroup(
  holder: HolderId,
  placementGroupId: PlacementGroupId,
  { actors, leases }: AgentServiceOptions,
): Promise<void> {
  const message = `Its placement group ${placementGroupId} was removed.`;
  const reason = { kind: 'ACTOR_DEATH_KIND_PLACEMENT_GROUP_REMOVED', message } as const;
  await Promise.all([actors.kill(holder as ActorId, reason), leases.end(holder as LeaseId, reason)]);
}

function startActor(request: StartActorRequest, { ledger, actors }: AgentServiceOptions): boolean {
  const { spec, bundleIndex, numRestarts } = request;
  if (!spec?.actorId) throw new InvalidArgumentError('startActor: the actor spec is missing.');
  const actorId = spec.actorId as ActorId;
  if (actors.has(actorId)) return true;
  const placementGroupId = spec.strategy?.bundle?.placementGroupId;
  const lease = ledger.lease({
    kind: 'actor',
    id: actorId,
    resources: spec.resources?.units ?? {},
    placementResources: spec.placementResources?.units ?? {},
    bundle: placementGroupId ? { placementGroupId: placementGroupId as PlacementGroupId, bundleIndex } : undefined,
  });
  if (lease.kind !== 'leased') return false;
  actors.start(spec, lease.gpuIds, numRestarts);
  return true;
}
