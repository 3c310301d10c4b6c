import type { ActorId } from '../../src/core/index.js';
import { InvalidArgumentError, type Logger, type NodeId } from '../../src/core/index.js';
import type { ActorReport, MessageStream, NodeCommand, NodeMessage, RegisterNode } from '../../src/rpc/index.js';
import type { ActorScheduler } from '../actors/actor-scheduler.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { StateJournal } from '../state-journal.js';
import { fromWireAddress, fromWireDeathKind } from './wire-records.js';

export interface AttachNodeOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<NodeId>;
  readonly actors: ActorScheduler<ActorReport>;
  readonly onChange: () => void;
  readonly logger: Logger;
}

type NodeStream = MessageStream<NodeMessage, NodeCommand>;

/** Serves an agent's session: registration, heartbeats, and what becomes of its actors. */
export function attachNode(stream: NodeStream, options: AttachNodeOptions): void {
  let nodeId: NodeId | undefined;
  // Messages are handled one after the other, so that a report never overtakes the registration.
  let last: Promise<void> = Promise.resolve();
  stream.receive((message) => {
    last = last
      .then(async () => {
        if (message.register) nodeId = await register(message.register, stream, options);
        else if (!nodeId) throw new InvalidArgumentError('The first message of a node session must register the node.');
        options.sessions.heard(nodeId);
        if (message.heartbeat) void stream.send({ heartbeat: {} });
        if (message.actorReport) await onActorReport(message.actorReport, options.actors);
      })
      .catch((error: unknown) => stream.close(error));
  });
  stream.onEnd(() => {
    if (nodeId) options.sessions.detached(nodeId);
  });
}

async function register(node: RegisterNode, stream: NodeStream, options: AttachNodeOptions): Promise<NodeId> {
  const { clusterId, version, leaseMs, headLeaseMs, journal } = options;
  if (node.version !== version) {
    throw new InvalidArgumentError(
      `Node ${node.hostname} runs ray-ts ${node.version}, the head ${version}. Install the same version on both.`,
    );
  }
  const nodeId = node.nodeId as NodeId;
  const known = journal.nodes.get(nodeId);
  if (known?.state === 'DEAD') {
    throw new InvalidArgumentError(`Node ${nodeId} was declared dead (${known.deathReason}); it must join anew.`);
  }
  await journal.putNode({
    nodeId,
    state: 'ALIVE',
    hostname: node.hostname,
    agentAddress: node.agentAddress,
    pid: node.pid,
    isHeadNode: node.isHeadNode,
    total: node.total?.units ?? {},
    deathReason: '',
  });
  if (!known) options.logger.info({ nodeId, hostname: node.hostname, agent: node.agentAddress }, 'node joined');
  await stream.send({ registered: { clusterId, leaseMs, headLeaseMs } });
  options.onChange();
  return nodeId;
}

async function onActorReport(report: ActorReport, actors: ActorScheduler<ActorReport>): Promise<void> {
  const actorId = report.actorId as ActorId;
  if (report.state === 'ACTOR_LIFE_STATE_ALIVE' && report.address) {
    await actors.onAlive(actorId, fromWireAddress(report.address), report);
  } else if (report.state === 'ACTOR_LIFE_STATE_DEAD' && report.death) {
    await actors.onDead(actorId, fromWireDeathKind(report.death.kind), report.death.message, report);
  }
}
