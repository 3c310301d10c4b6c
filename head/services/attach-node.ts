import type { ActorId } from '../../src/core/index.js';
import { InvalidArgumentError, type Logger, type NodeId } from '../../src/core/index.js';
import type { ActorReport, MessageStream, NodeCommand, NodeMessage, RegisterNode } from '../../src/rpc/index.js';
import type { ActorScheduler } from '../actors/actor-scheduler.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { StateJournal } from '../state-journal.js';
import type { PeerStreams } from './peer-streams.js';
import { fromWireAddress, fromWireDeathKind } from './wire-records.js';

export interface AttachNodeOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<NodeId>;
  readonly streams: PeerStreams<NodeId, NodeMessage, NodeCommand>;
  readonly actors: ActorScheduler<ActorReport>;
  readonly onChange: () => void;
  /** The agent said goodbye: its node is gone now. */
  readonly onLeft: (nodeId: NodeId) => void;
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
        else await receive(nodeId, message, stream, options);
      })
      .catch((error: unknown) => stream.close(error));
  });
}

async function receive(
  nodeId: NodeId,
  message: NodeMessage,
  stream: NodeStream,
  options: AttachNodeOptions,
): Promise<void> {
  requireNotDead(nodeId, options.journal);
  if (message.goodbye) {
    options.streams.detach(nodeId, stream);
    options.onLeft(nodeId);
    return;
  }
  options.sessions.heard(nodeId);
  if (message.heartbeat) void stream.send({ heartbeat: {} });
  if (message.actorReport) await onActorReport(nodeId, message.actorReport, options.actors);
}

async function register(node: RegisterNode, stream: NodeStream, options: AttachNodeOptions): Promise<NodeId> {
  const { clusterId, version, leaseMs, headLeaseMs, journal, streams, sessions } = options;
  if (node.version !== version) {
    throw new InvalidArgumentError(
      `Node ${node.hostname} runs ray-ts ${node.version}, the head ${version}. Install the same version on both.`,
    );
  }
  const nodeId = node.nodeId as NodeId;
  requireNotDead(nodeId, journal);
  const isNew = !journal.nodes.has(nodeId);
  await journal.putNode({
    nodeId,
    state: 'ALIVE',
    hostname: node.hostname,
    agentAddress: node.agentAddress,
    pid: node.pid,
    isHeadNode: node.isHeadNode,
    total: node.total?.units ?? {},
    labels: node.labels,
    isDraining: journal.nodes.get(nodeId)?.isDraining ?? false,
    deathReason: '',
  });
  if (isNew) options.logger.info({ nodeId, hostname: node.hostname, agent: node.agentAddress }, 'node joined');
  streams.attach(nodeId, stream);
  sessions.heard(nodeId);
  stream.onEnd(() => {
    if (streams.detach(nodeId, stream)) sessions.detached(nodeId);
  });
  await stream.send({ registered: { clusterId, leaseMs, headLeaseMs } });
  options.onChange();
  return nodeId;
}

/** An agent that was stopped for too long may go on talking on a stream that never broke: it must learn of its end. */
function requireNotDead(nodeId: NodeId, journal: StateJournal): void {
  const node = journal.nodes.get(nodeId);
  if (node?.state !== 'DEAD') return;
  throw new InvalidArgumentError(`Node ${nodeId} was declared dead (${node.deathReason}); it must join anew.`);
}

async function onActorReport(nodeId: NodeId, report: ActorReport, actors: ActorScheduler<ActorReport>): Promise<void> {
  const actorId = report.actorId as ActorId;
  const { state, address, death } = report;
  if (state === 'ACTOR_LIFE_STATE_ALIVE' && address) {
    await actors.onAlive(actorId, { ...fromWireAddress(address), nodeId }, report);
  } else if (state === 'ACTOR_LIFE_STATE_DEAD' && death) {
    const { message } = death;
    await actors.onDead(actorId, nodeId, { kind: fromWireDeathKind(death.kind), message }, report);
  }
}
