import {
  type ActorId,
  fromFixedPoint,
  InvalidArgumentError,
  type JobId,
  type PlacementGroupId,
  type Resources,
} from '../../src/core/index.js';
import {
  type ActorReport,
  type ActorSpec,
  type CreatePlacementGroupRequest,
  messageCodec,
  type ServiceHandlers,
  type Services,
} from '../../src/rpc/index.js';
import type { ActorScheduler } from '../actors/actor-scheduler.js';
import { nodeSnapshots } from '../placement/cluster-view.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { PlacementGroupScheduler } from '../placement/placement-group-scheduler.js';
import { validateBundles } from '../placement/validate-bundles.js';
import { type AttachNodeOptions, attachNode } from './attach-node.js';
import { type AttachWorkerOptions, attachWorker } from './attach-worker.js';
import {
  fromActorSpec,
  fromWireStrategy,
  toActorView,
  toJobView,
  toNodeView,
  toPlacementGroupView,
} from './wire-records.js';

export interface HeadServiceOptions {
  readonly node: AttachNodeOptions;
  readonly driver: AttachWorkerOptions;
  readonly placementGroups: PlacementGroupScheduler;
  readonly actors: ActorScheduler<ActorReport>;
  /** How the head keeps its state, for people. */
  readonly storeDescription: string;
}

const specCodec = messageCodec<ActorSpec>('ActorSpec');

/** The handlers of the HeadService: each decodes, calls, and encodes. */
export function headService(options: HeadServiceOptions): Partial<ServiceHandlers<Services['HeadService']>> {
  const { journal, clusterId } = options.node;
  return {
    attachNode: (stream) => attachNode(stream, options.node),
    attachWorker: (stream) => attachWorker(stream, options.driver),
    createPlacementGroup: async (request) => {
      await options.placementGroups.create(newPlacementGroup(request, Date.now()));
      return {};
    },
    removePlacementGroup: async ({ placementGroupId }) => {
      await options.placementGroups.remove(placementGroupId as PlacementGroupId, 'by its owner');
      return {};
    },
    createActor: async ({ spec }) => {
      if (!spec?.actorId || !spec.actorClass) throw new InvalidArgumentError('createActor: the actor spec is missing.');
      requireWholeUnits(spec.resources?.units ?? {});
      await options.actors.create(fromActorSpec(spec, specCodec.encode(spec)));
      return {};
    },
    killActor: async ({ actorId }) => {
      await options.actors.kill(actorId as ActorId, 'KILLED', 'It was killed by ray.kill.');
      return {};
    },
    getClusterState: async () => {
      const snapshots = new Map(nodeSnapshots(journal).map((snapshot) => [snapshot.nodeId, snapshot]));
      return {
        clusterId,
        store: options.storeDescription,
        nodes: [...journal.nodes.values()].map((node) => toNodeView(node, snapshots.get(node.nodeId))),
        placementGroups: [...journal.placementGroups.values()].map((group) => toPlacementGroupView(group, Date.now())),
        actors: [...journal.actors.values()].map(toActorView),
        jobs: [...journal.jobs.values()].map(toJobView),
      };
    },
  };
}

function newPlacementGroup(request: CreatePlacementGroupRequest, nowMs: number): PlacementGroupRecord {
  const strategy = fromWireStrategy(request.strategy);
  if (!request.placementGroupId || !strategy) {
    throw new InvalidArgumentError('createPlacementGroup: the id or the strategy is missing or unknown.');
  }
  const bundles = request.bundles.map((bundle) => bundle.units);
  bundles.forEach(requireWholeUnits);
  validateBundles(bundles.map(fromFixedPoint));
  return {
    placementGroupId: request.placementGroupId as PlacementGroupId,
    jobId: request.jobId as JobId,
    name: request.name,
    strategy,
    bundles,
    state: 'PENDING',
    nodeIds: bundles.map(() => undefined),
    reason: '',
    createdAtMs: nowMs,
  };
}

function requireWholeUnits(resources: Resources): void {
  for (const [name, units] of Object.entries(resources)) {
    if (!Number.isSafeInteger(units) || units < 0) {
      throw new InvalidArgumentError(`Resource ${name}: ${units} is not an amount in units of 1/10,000.`);
    }
  }
}
