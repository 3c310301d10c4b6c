import {
  type ActorId,
  InvalidArgumentError,
  type JobId,
  type PlacementGroupId,
  type WorkerId,
} from '../../src/core/index.js';
import type { ActorSpec, CreatePlacementGroupRequest, ServiceHandlers, Services } from '../../src/rpc/index.js';
import type { ActorDeathRecord } from '../actors/actor-record.js';
import type { StandbyTable } from '../membership/standby-table.js';
import { type AttachNodeOptions, attachNode } from './attach-node.js';
import { type AttachWorkerOptions, attachWorker, namespaceOf } from './attach-worker.js';
import { describeCluster } from './describe-cluster.js';
import { fromActorSpec, toNamedActor } from './wire-actors.js';
import { fromGroupRequest, toPlacementGroupView } from './wire-groups.js';

export interface HeadServiceOptions {
  readonly node: AttachNodeOptions;
  readonly worker: AttachWorkerOptions;
  readonly standbys: StandbyTable;
  /** How the head keeps its state, for people. */
  readonly storeDescription: string;
}

type Handlers = Partial<ServiceHandlers<Services['HeadService']>>;

/** The handlers of the HeadService: each decodes, calls, and encodes. */
export function headService(options: HeadServiceOptions): Handlers {
  const { journal, clusterId } = options.node;
  const { scheduler } = options.worker;
  return {
    attachNode: (stream) => attachNode(stream, options.node),
    attachWorker: (stream) => attachWorker(stream, options.worker),
    ...groupHandlers(options.worker),
    ...actorHandlers(options.worker),
    getClusterState: async () => ({
      clusterId,
      store: options.storeDescription,
      standbys: options.standbys.list(),
      storeAwayMs: journal.storeAwayMs,
      ...describeCluster(journal, scheduler, options.node.clockSkews, Date.now()),
    }),
  };
}

function groupHandlers({ scheduler, journal, news }: AttachWorkerOptions): Handlers {
  const { placementGroups } = scheduler;
  return {
    createPlacementGroup: async (request) => {
      const creator = (request.creatorWorkerId || undefined) as WorkerId | undefined;
      const group = fromGroupRequest(request, contextOf(request, creator));
      scheduler.requireLivingOwner(group.jobId, creator);
      await placementGroups.create(group, { waitForNodes: request.waitForNodes });
      if (creator) news.follow(creator, { actorIds: [], placementGroupIds: [group.placementGroupId], nodeIds: [] });
      return {};
    },
    removePlacementGroup: async ({ placementGroupId }) => {
      await placementGroups.remove(placementGroupId as PlacementGroupId, 'by its owner');
      return {};
    },
    getPlacementGroup: async ({ name, namespace, placementGroupId }) => {
      const group = placementGroups.find({ name, namespace, id: placementGroupId });
      return { placementGroup: toPlacementGroupView(group, placementGroups.explain(group), Date.now()) };
    },
  };

  function contextOf({ namespace, jobId }: CreatePlacementGroupRequest, creator: WorkerId | undefined) {
    const creatorActorId = creator && scheduler.workers.actorOf(creator);
    return { namespace: namespace || namespaceOf(jobId as JobId, journal), creatorActorId, nowMs: Date.now() };
  }
}

function actorHandlers({ scheduler, journal, news }: AttachWorkerOptions): Handlers {
  const { actors } = scheduler;
  const create = async (spec: ActorSpec) => {
    const namespace = spec.namespace || namespaceOf(spec.jobId as JobId, journal);
    const actor = fromActorSpec(spec, namespace, Date.now());
    scheduler.requireLivingOwner(actor.jobId, actor.ownerWorkerId);
    const existing = await actors.create(actor, spec.getIfExists);
    const { actorId } = existing ?? actor;
    if (actor.ownerWorkerId)
      news.follow(actor.ownerWorkerId, { actorIds: [actorId], placementGroupIds: [], nodeIds: [] });
    return { existing: existing ? toNamedActor(existing) : null };
  };
  return {
    createActor: async ({ spec }) => {
      if (!spec) throw new InvalidArgumentError('createActor: the actor spec is missing.');
      return create(spec);
    },
    killActor: async ({ actorId, restart, outOfScope }) => {
      const death = outOfScope ? OUT_OF_SCOPE : KILLED;
      await actors.kill(actorId as ActorId, death, { mayRestart: restart, isGraceful: outOfScope });
      return {};
    },
    getNamedActor: async ({ name, namespace }) => ({ actor: toNamedActor(actors.getNamed(namespace, name)) }),
  };
}

const KILLED: ActorDeathRecord = { kind: 'KILLED', message: 'It was killed by ray.kill.' };
const OUT_OF_SCOPE: ActorDeathRecord = { kind: 'OUT_OF_SCOPE', message: 'Its last handle went out of scope.' };
