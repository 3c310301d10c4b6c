import type { ActorRecord } from '../../../head/actors/actor-record.js';
import type { LeaseRecord } from '../../../head/leases/lease-record.js';
import type { NodeStrategy } from '../../../head/placement/node-request.js';
import { validateStrategy } from '../../../head/placement/validate-bundles.js';
import {
  type ActorId,
  fromFixedPoint,
  type LeaseId,
  type NodeId,
  type PlacementGroupId,
  type Resources,
  toFixedPoint,
  type WorkerId,
} from '../../../src/core/index.js';
import {
  describeActor,
  describeGroup,
  type HeadLab,
  LAB_DRIVER,
  LAB_JOB,
  type ScriptedAnswer,
} from '../../support/head-lab.js';
import {
  actorRecord,
  addressOf,
  groupRecord,
  inBundle,
  leaseRecord,
  nodeRecord,
  nodeRequest,
} from '../../support/head-records.js';

/** The words of a command, and its options: `+detached`, `+restarts=2`. */
interface Line {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

type Command = (lab: HeadLab, line: Line) => Promise<unknown> | unknown;

/** `CPU=2,GPU=1`, or `nothing`. */
function quantitiesOf(text: string): Resources {
  if (text === 'nothing') return {};
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name, quantity]) => [name, Number(quantity)]));
}

/** `zone:a`, `zone:!in(a;b)`: a comma is a semicolon here. */
function labelsOf(text: string): Record<string, string> {
  const colon = text.indexOf(':');
  return { [text.slice(0, colon)]: text.slice(colon + 1).replaceAll(';', ',') };
}

/** Where an actor or a lease may run: a group and a bundle index after its name, or options. */
function whereabouts({ args, options }: Line) {
  const [, , group, index] = args;
  const labelSelectors = [options['label'], options['else']].map((text) => (text ? labelsOf(text) : {}));
  return {
    strategy: strategyOf(options),
    labelSelectors: options['else'] ? labelSelectors : labelSelectors.slice(0, 1),
    bundle: group ? inBundle(group, Number(index ?? -1)) : undefined,
  };
}

function strategyOf(options: Line['options']): NodeStrategy {
  const nodeId = (options['node'] ?? options['soft']) as NodeId | undefined;
  if (nodeId) return { kind: 'NODE_AFFINITY', nodeId, isSoft: 'soft' in options };
  return { kind: 'spread' in options ? 'SPREAD' : 'DEFAULT' };
}

let numCreated = 0;
/** A time of its own for each, so that who came first is never left to chance. */
const newTime = (): number => Date.now() + ++numCreated / 1_000;

function newActor(line: Line): ActorRecord {
  const { args, options } = line;
  const [actorId, resources] = args;
  return actorRecord(actorId!, quantitiesOf(resources!), {
    jobId: LAB_JOB,
    state: 'PENDING_CREATION',
    ...whereabouts(line),
    name: options['name'] ?? '',
    isDetached: 'detached' in options,
    ownerWorkerId: (options['owner'] ?? LAB_DRIVER) as WorkerId,
    maxRestarts: Number(options['restarts'] ?? 0),
    placementResources: toFixedPoint(quantitiesOf(options['needs'] ?? 'nothing')),
    createdAtMs: newTime(),
    stateSinceMs: Date.now(),
  });
}

function newLease(line: Line): LeaseRecord {
  const { args, options } = line;
  const [leaseId, resources] = args;
  const { bundle, ...rest } = whereabouts(line);
  const locality = Object.fromEntries((options['bytes'] ?? '').split(',').map((pair) => pair.split(':')));
  const bytes = Object.fromEntries(Object.entries(locality).map(([nodeId, count]) => [nodeId, Number(count)]));
  return leaseRecord(leaseId!, quantitiesOf(resources!), {
    jobId: LAB_JOB,
    holderWorkerId: (options['holder'] ?? LAB_DRIVER) as WorkerId,
    request: nodeRequest(quantitiesOf(resources!), { ...rest, locality: bytes }),
    bundle,
    requestedAtMs: newTime(),
  });
}

/** A lease that an agent says it holds: `L=CPU=1@holder`. */
function heldLease(text: string, nodeId: NodeId): LeaseRecord {
  const [, leaseId = '', resources = '', holder = ''] = /^([^=]+)=(.*)@(.*)$/.exec(text) ?? [];
  return leaseRecord(leaseId, quantitiesOf(resources), {
    jobId: LAB_JOB,
    state: 'GRANTED',
    holderWorkerId: holder as WorkerId,
    nodeId,
    address: addressOf(`worker-of-${leaseId}`, nodeId),
    grantedAtMs: Date.now(),
    requestedAtMs: Date.now(),
  });
}

/** The process of an actor is named by how often it was started again. */
const processOf = (lab: HeadLab, actorId: string): string =>
  `worker-of-${actorId}.${lab.journal.actors.get(actorId as ActorId)?.numRestarts ?? 0}`;

const nodeCommands: Readonly<Record<string, Command>> = {
  node: (lab, { args: [nodeId, total], options }) => {
    const labels = options['label'] ? labelsOf(options['label']) : {};
    const stored = lab.journal.putNode(nodeRecord(nodeId!, quantitiesOf(total!), { labels }));
    lab.scheduler.schedule();
    return stored;
  },
  'node-drains': (lab, { args: [nodeId] }) =>
    lab.journal.putNode({ ...lab.journal.nodes.get(nodeId as NodeId)!, isDraining: true }),
  'node-dies': (lab, { args: [nodeId] }) => lab.killNode(nodeId as NodeId),
  'agent-holds': (lab, { args: [nodeId, ...held] }) =>
    lab.scheduler.leaseRecovery.onInventory(
      nodeId as NodeId,
      held.map((text) => heldLease(text, nodeId as NodeId)),
    ),
};

const groupCommands: Readonly<Record<string, Command>> = {
  'create-group': (lab, { args: [id, strategy, ...bundles], options }) => {
    const group = groupRecord(
      id!,
      bundles.map(quantitiesOf),
      bundles.map(() => undefined),
      {
        jobId: LAB_JOB,
        name: options['name'] ?? id!,
        strategy: validateStrategy(strategy!),
        isDetached: 'detached' in options,
        creatorActorId: options['creator'] as ActorId | undefined,
        labelSelectors: options['label'] ? bundles.map(() => labelsOf(options['label']!)) : [],
        softTargetNodeId: options['target'] as NodeId | undefined,
        state: 'PENDING',
        createdAtMs: newTime(),
        stateSinceMs: Date.now(),
      },
    );
    return lab.scheduler.placementGroups.create(group, { waitForNodes: 'wait' in options });
  },
  'remove-group': (lab, { args: [id] }) => lab.scheduler.placementGroups.remove(id as PlacementGroupId, 'by its owner'),
  'get-group': (lab, { args: [name] }) =>
    lab.note(describeGroup(lab.scheduler.placementGroups.find({ name: name!, namespace: 'j1', id: '' }))),
};

const kill = (lab: HeadLab, actorId: string, options: Parameters<HeadLab['scheduler']['actors']['kill']>[2]) =>
  lab.scheduler.actors.kill(
    actorId as ActorId,
    options?.isGraceful
      ? { kind: 'OUT_OF_SCOPE', message: 'Its last handle went out of scope.' }
      : { kind: 'KILLED', message: 'It was killed by ray.kill.' },
    options,
  );

const actorCommands: Readonly<Record<string, Command>> = {
  'create-actor': async (lab, line) => {
    const existing = await lab.scheduler.actors.create(newActor(line), 'get' in line.options);
    if (existing) lab.note(`answered: there is ${existing.actorId}`);
  },
  'get-actor': (lab, { args: [name] }) => lab.note(describeActor(lab.scheduler.actors.getNamed('j1', name!))),
  kill: (lab, { args: [actorId] }) => kill(lab, actorId!, {}),
  'kill-to-restart': (lab, { args: [actorId] }) => kill(lab, actorId!, { mayRestart: true }),
  'out-of-scope': (lab, { args: [actorId] }) => kill(lab, actorId!, { isGraceful: true }),
  alive: (lab, { args: [actorId, nodeId, ...gpuIds] }) =>
    lab.scheduler.actors.onAlive(actorId as ActorId, addressOf(processOf(lab, actorId!), nodeId!, gpuIds), 'report'),
  dead: (lab, { args: [actorId, nodeId, kind = 'PROCESS_EXITED', workerId], options }) =>
    lab.scheduler.actors.onDead(
      actorId as ActorId,
      nodeId as NodeId,
      { kind: kind as 'KILLED', message: options['why'] ?? 'Its process ended.' },
      workerId as WorkerId | undefined,
      'report',
    ),
};

const leaseCommands: Readonly<Record<string, Command>> = {
  lease: (lab, line) => lab.scheduler.requestLease(newLease(line), 'first'),
  return: (lab, { args: [leaseId, force] }) => lab.scheduler.leases.giveBack(leaseId as LeaseId, force === 'force'),
  'worker-dead': (lab, { args: [leaseId] }) =>
    lab.scheduler.leases.onWorkerDead(
      leaseId as LeaseId,
      `worker-of-${leaseId}` as WorkerId,
      'PROCESS_EXITED: It crashed.',
    ),
  held: (lab, { args: [leaseId, resources] }) =>
    lab.scheduler.leases.onHeld(leaseId as LeaseId, toFixedPoint(quantitiesOf(resources!))),
  'holder-back': (lab, { args: [workerId, ...held] }) =>
    lab.scheduler.leaseRecovery.onHolder(workerId as WorkerId, held as LeaseId[], []),
  'holder-gone': (lab, { args: [workerId] }) => lab.scheduler.leases.onHolderGone(workerId as WorkerId),
};

/** What the commands of scenarios/*.txt do. */
export const commands: Readonly<Record<string, Command>> = {
  ...nodeCommands,
  ...groupCommands,
  ...actorCommands,
  ...leaseCommands,
  'driver-gone': (lab) => lab.endJob(),
  'worker-gone': (lab, { args: [workerId] }) => lab.scheduler.onWorkerGone(workerId as WorkerId, 'it crashed'),
  next: (lab, { args: [nodeId, request, answer] }) =>
    lab.script(nodeId as NodeId, request as 'prepare', answer as ScriptedAnswer),
  release: (lab, { args: [nodeId, request, answer] }) =>
    lab.release(`${nodeId} ${request}`, answer as ScriptedAnswer | undefined),
  store: (lab, { args: [state] }) => lab.setStore(state as 'away'),
  wait: (_lab, { args: [ms] }) => jest.advanceTimersByTimeAsync(Number(ms)),
  state: (lab) => describeState(lab),
  why: (lab) => explainAll(lab),
};

function describeState(lab: HeadLab): void {
  for (const group of lab.journal.placementGroups.values()) lab.note(describeGroup(group));
  for (const actor of lab.journal.actors.values()) lab.note(describeActor(actor));
  for (const lease of lab.scheduler.leaseTable.records.values()) {
    lab.note(`${lease.leaseId}: ${lease.state}${lease.nodeId ? ` on ${lease.nodeId}` : ''}`);
  }
  for (const { nodeId, available } of lab.scheduler.view.nodes()) {
    lab.note(`${nodeId} has left ${JSON.stringify(fromFixedPoint(available)).replaceAll('"', '')}`);
  }
}

/** Why everybody who waits does so, as `ray-ts list` shows it. */
function explainAll(lab: HeadLab): void {
  const { placementGroups, actors, leases, leaseTable } = lab.scheduler;
  const reasons = [
    ...placementGroups.waiting().map((group) => placementGroups.explain(group)),
    ...actors.waiting().map((actor) => actors.explain(actor)),
    ...leaseTable.queues.waiting().map((lease) => leases.explain(lease)),
  ];
  for (const reason of reasons) lab.note(reason);
}
