import type { NodeId } from '../src/core/index.js';
import { type ActorSpec, messageCodec } from '../src/rpc/index.js';
import type { ActorHost } from './actors/actor-scheduler.js';
import type { AgentClients } from './agent-clients.js';
import type { BundleHost } from './placement/two-phase-commit.js';
import { toWireDeathKind } from './services/wire-records.js';

/** Returning bundles waits for the actors in them to end. */
const GIVE_BACK_DEADLINE_MS = 15_000;

const specCodec = messageCodec<ActorSpec>('ActorSpec');

/** An agent as the placement-group scheduler sees it. */
export function bundleHost(agents: AgentClients, nodeId: NodeId): BundleHost {
  return {
    prepare: async (placementGroupId, bundles) => {
      const reservations = bundles.map(({ index, resources }) => ({ index, resources: { units: resources } }));
      const answer = await agents.get(nodeId).call('prepareBundles', { placementGroupId, bundles: reservations });
      return answer.prepared;
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

/** An agent as the actor scheduler sees it. */
export function actorHost(agents: AgentClients, nodeId: NodeId): ActorHost {
  return {
    start: async (actor) => {
      const spec = specCodec.decode(Buffer.from(actor.spec, 'base64'));
      const bundleIndex = actor.bundle?.bundleIndex ?? -1;
      const answer = await agents.get(nodeId).call('startActor', { spec, bundleIndex });
      return answer.started;
    },
    kill: async (actorId, kind, message) => {
      await agents.get(nodeId).call('killActor', { actorId, kind: toWireDeathKind(kind), message });
    },
  };
}
