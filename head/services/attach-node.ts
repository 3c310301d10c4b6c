import {
  IllegalStateError,
  InvalidArgumentError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  toError,
} from '../../src/core/index.js';
import type { MessageStream, NodeCommand, NodeInventory, NodeMessage, RegisterNode } from '../../src/rpc/index.js';
import type { ClockSkews } from '../membership/clock-skews.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { BundleReconciler } from '../recovery/bundle-reconciler.js';
import type { StateJournal } from '../state-journal.js';
import { type HeadScheduler, onActorReport, onHeldLeases, onWorkerReport } from './node-reports.js';
import type { PeerStreams } from './peer-streams.js';

export interface AttachNodeOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
  /** Where the head is, and where others stand by. */
  readonly headAddresses: () => readonly string[];
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<NodeId>;
  readonly streams: PeerStreams<NodeId, NodeMessage, NodeCommand>;
  readonly scheduler: HeadScheduler;
  readonly bundles: Pick<BundleReconciler, 'recordedOn' | 'onInventory'>;
  readonly clockSkews: ClockSkews;
  /** What the agent tells beside: lines that its workers printed. */
  readonly onReport?: (nodeId: NodeId, message: NodeMessage) => Promise<void> | void;
  readonly onChange: () => void;
  /** The agent said goodbye: its node is gone now. */
  readonly onLeft: (nodeId: NodeId) => void;
  readonly logger: Logger;
}

type NodeStream = MessageStream<NodeMessage, NodeCommand>;

/** A node whose registration was accepted, and what the records had on it at that moment. */
interface Attached {
  readonly nodeId: NodeId;
  readonly hostname: string;
  readonly recorded: ReadonlySet<string>;
}

/** Serves an agent's session: registration, heartbeats, what it holds, and what becomes of its actors. */
export function attachNode(stream: NodeStream, options: AttachNodeOptions): void {
  let attached: Attached | undefined;
  // Messages are handled one after the other, so that a report never overtakes the registration.
  let last: Promise<void> = Promise.resolve();
  stream.receive((message) => {
    // Heard now, whatever the messages before it wait for: a store that is away must not look like a silent node.
    if (attached && !message.goodbye) hear(attached, message, stream, options);
    if (attached && message.heartbeat) return;
    last = last
      .then(async () => {
        if (message.register) attached = await register(message.register, stream, options);
        else if (!attached)
          throw new InvalidArgumentError('The first message of a node session must register the node.');
        else if (message.heartbeat) hear(attached, message, stream, options);
        else await receive(attached, message, stream, options);
      })
      .catch((error: unknown) => stream.close(error));
  });
}

function hear(node: Attached, { heartbeat }: NodeMessage, stream: NodeStream, options: AttachNodeOptions): void {
  if (isDead(node.nodeId, options.journal)) {
    stream.close(deathOf(node.nodeId, options.journal));
    return;
  }
  options.sessions.heard(node.nodeId);
  if (!heartbeat) return;
  void stream.send({ heartbeat: {} });
  options.clockSkews.note(node, heartbeat.clockMs, heartbeat.roundTripMs, Date.now());
}

async function receive(
  { nodeId, recorded }: Attached,
  message: NodeMessage,
  stream: NodeStream,
  options: AttachNodeOptions,
): Promise<void> {
  if (isDead(nodeId, options.journal)) throw deathOf(nodeId, options.journal);
  if (message.goodbye) {
    options.streams.detach(nodeId, stream);
    options.onLeft(nodeId);
  } else if (message.actorReport) await onActorReport(nodeId, message.actorReport, options.scheduler);
  else if (message.workerReport) onWorkerReport(message.workerReport, options.scheduler);
  else await options.onReport?.(nodeId, message);
  if (message.inventory) onInventory(nodeId, message.inventory, recorded, options);
}

/** Not awaited: it asks the agent for things, whose reports come on this very stream. */
function onInventory(
  nodeId: NodeId,
  inventory: NodeInventory,
  recorded: ReadonlySet<string>,
  options: AttachNodeOptions,
): void {
  onHeldLeases(nodeId, inventory, options.scheduler);
  const held = inventory.bundles.map(({ placementGroupId, index, committed }) => ({
    placementGroupId: placementGroupId as PlacementGroupId,
    index,
    isCommitted: committed,
  }));
  options.bundles.onInventory(nodeId, held, recorded).catch((error: unknown) => {
    options.logger.error({ nodeId, error: toError(error).message }, 'what a node holds could not be settled');
  });
}

async function register(node: RegisterNode, stream: NodeStream, options: AttachNodeOptions): Promise<Attached> {
  const { clusterId, version, leaseMs, headLeaseMs, journal, streams, sessions } = options;
  if (node.version !== version) {
    throw new InvalidArgumentError(
      `Node ${node.hostname} runs ray-ts ${node.version}, the head ${version}. Install the same version on both.`,
    );
  }
  const nodeId = node.nodeId as NodeId;
  if (isDead(nodeId, journal)) throw deathOf(nodeId, journal);
  const before = journal.nodes.get(nodeId);
  // The dead are not kept in the store. Others were told of its death, and take nothing from its id any more.
  if (!before && node.rejoins) throw deadBefore(nodeId);
  const recorded = options.bundles.recordedOn(nodeId);
  const record = toNodeRecord(node, before);
  // One that comes back is in the store already, and must not have to wait for a store that is away.
  if (!before) await join(record, stream, options);
  options.logger.info(
    { nodeId, hostname: node.hostname, agent: node.agentAddress },
    before ? 'node came back' : 'node joined',
  );
  streams.attach(nodeId, stream);
  sessions.heard(nodeId);
  stream.onEnd(() => {
    if (streams.detach(nodeId, stream)) sessions.detached(nodeId);
  });
  options.clockSkews.note({ nodeId, hostname: node.hostname }, node.clockMs, 0, Date.now());
  const headAddresses = { addresses: [...options.headAddresses()] };
  await stream.send({ registered: { clusterId, leaseMs, headLeaseMs, headAddresses } });
  // Only now: an agent must know its cluster before it is given work.
  if (!isDead(nodeId, journal)) journal.putNode(record).catch((error: unknown) => stream.close(error));
  options.onChange();
  return { nodeId, hostname: node.hostname, recorded };
}

/** @throws {IllegalStateError} when the agent has come by another stream while this one waited for the store. */
async function join(record: NodeRecord, stream: NodeStream, { journal, sessions }: AttachNodeOptions): Promise<void> {
  const { nodeId } = record;
  await journal.putNode({ ...record, state: 'AWAITED' });
  if (stream.isEnded && sessions.has(nodeId)) {
    throw new IllegalStateError(`The agent of node ${nodeId} has given this stream up for another one.`);
  }
}

function toNodeRecord(node: RegisterNode, before: NodeRecord | undefined): NodeRecord {
  return {
    nodeId: node.nodeId as NodeId,
    state: 'ALIVE',
    hostname: node.hostname,
    nodeName: node.nodeName,
    agentAddress: node.agentAddress,
    pid: node.pid,
    isHeadNode: node.isHeadNode,
    total: node.total?.units ?? {},
    objectStoreBytes: node.objectStoreBytes,
    labels: node.labels,
    isDraining: before?.isDraining ?? false,
    deathReason: '',
    startedAtMs: before?.startedAtMs ?? Date.now(),
    endedAtMs: 0,
  };
}

/** An agent that was stopped for too long may go on talking on a stream that never broke: it must learn of its end. */
const isDead = (nodeId: NodeId, journal: StateJournal): boolean => journal.nodes.get(nodeId)?.state === 'DEAD';

const deadBefore = (nodeId: NodeId): InvalidArgumentError =>
  new InvalidArgumentError(`Node ${nodeId} was declared dead before the head was started again; it must join anew.`);

const deathOf = (nodeId: NodeId, journal: StateJournal): InvalidArgumentError =>
  new InvalidArgumentError(
    `Node ${nodeId} was declared dead (${journal.nodes.get(nodeId)?.deathReason}); it must join anew.`,
  );
