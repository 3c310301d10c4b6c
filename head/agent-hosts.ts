import type { NodeId } from '../src/core/index.js';
import type { ActorHost } from './actors/actor-host.js';
import type { AgentClients } from './agent-clients.js';
import type { LeaseHost } from './leases/lease-host.js';
import type { BundleHost } from './placement/two-phase-commit.js';
import type { NodeHost } from './scheduler.js';
import { specOf, toWireDeathKind } from './services/wire-actors.js';
import { fromLeaseAnswer, runtimeEnvOf } from './services/wire-leases.js';

/** Returning bundles waits for the actors in them to end. */
const GIVE_BACK_DEADLINE_MS = 15_000;
/** A worker's process is started, and its runtime environment fetched. */
const LEASE_DEADLINE_MS = 60_000;

/** An agent as the head's schedulers see it. */
export function nodeHost(agents: AgentClients, nodeId: NodeId): NodeHost {
  return {
    bundles: bundleHost(agents, nodeId),
    actors: actorHost(agents, nodeId),
    leases: leaseHost(agents, nodeId),
  };
}

function bundleHost(agents: AgentClients, nodeId: NodeId): BundleHost {
  return {
    prepare: async (placementGroupId, bundles) => {
      const reservations = bundles.map(({ index, resources }) => ({ index, resources: { units: resources } }));
      const answer = await agents.get(nodeId).call('prepareBundles', { placementGroupId, bundles: reservations });
      return answer.prepared ? answer.gpus.map(({ gpuIds }) => gpuIds) : undefined;
    },
    commit: async (placementGroupId, indexes) => {
      await agents.get(nodeId).call('commitBundles', { placementGroupId, bundleIndexes: [...indexes] });
    },
    giveBack: async (placementGroupId, indexes) => {
      const request = { placementGroupId, bundleIndexes: [...indexes] };
      await agents.get(nodeId).call('returnBundles', request, GIVE_BACK_DEADLINE_MS);
    },
  };
}

function actorHost(agents: AgentClients, nodeId: NodeId): ActorHost {
  return {
    start: async (actor) => {
      const { numRestarts, bundleIndex = -1 } = actor;
      const request = { spec: specOf(actor), bundleIndex, numRestarts };
      const answer = await agents.get(nodeId).call('startActor', request);
      return answer.started;
    },
    kill: async (actorId, kind, message, isGraceful) => {
      const request = { actorId, kind: toWireDeathKind(kind), message, graceful: isGraceful };
      await agents.get(nodeId).call('killActor', request);
    },
  };
}

function leaseHost(agents: AgentClients, nodeId: NodeId): LeaseHost {
  return {
    lease: async (lease) => {
      const { leaseId, jobId, holderWorkerId, request, bundle, bundleIndex = -1 } = lease;
      const answer = await agents.get(nodeId).call(
        'leaseWorker',
        {
          leaseId,
          jobId,
          holderWorkerId,
          resources: { units: request.resources },
          placementGroupId: bundle?.placementGroupId ?? '',
          bundleIndex,
          runtimeEnv: runtimeEnvOf(lease),
        },
        LEASE_DEADLINE_MS,
      );
      return fromLeaseAnswer(answer, nodeId);
    },
    giveBack: async (leaseId, isForced) => {
      await agents.get(nodeId).call('returnWorker', { leaseId, force: isForced });
    },
  };
}
