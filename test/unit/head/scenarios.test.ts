/**
 * Transcripts of the head's schedulers, text in and text out: each command of scenarios/*.txt with everything that
 * happened until nothing more did. `UPDATE_TRANSCRIPTS=1` writes what happens now; the diff is to be reviewed.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActorRecord } from '../../../head/actors/actor-record.js';
import { validateStrategy } from '../../../head/placement/validate-bundles.js';
import {
  type ActorId,
  type JobId,
  type NodeId,
  type PlacementGroupId,
  type Resources,
  toError,
  toFixedPoint,
} from '../../../src/core/index.js';
import { describeActor, describeGroup, HeadLab, type ScriptedAnswer } from '../../support/head-lab.js';

const FOLDER = join(process.cwd(), 'test/unit/head/scenarios');

/** `CPU=2,GPU=1` in quantities, to fixed point. */
function resourcesOf(text: string): Resources {
  const pairs = text.split(',').map((pair) => pair.split('='));
  return toFixedPoint(Object.fromEntries(pairs.map(([name, quantity]) => [name, Number(quantity)])));
}

function actorOf(actorId: string, resources: string, group?: string, bundleIndex?: string): ActorRecord {
  return {
    actorId: actorId as ActorId,
    jobId: 'job' as JobId,
    state: 'PENDING_CREATION',
    className: 'Worker',
    name: '',
    resources: resourcesOf(resources),
    bundle: group ? { placementGroupId: group as PlacementGroupId, bundleIndex: Number(bundleIndex ?? -1) } : undefined,
    nodeId: undefined,
    address: undefined,
    death: undefined,
    spec: '',
  };
}

type Command = (lab: HeadLab, args: readonly string[]) => Promise<unknown> | unknown;
let numGroups = 0;

const commands: Readonly<Record<string, Command>> = {
  node: (lab, [nodeId, total]) => lab.addNode(nodeId as NodeId, resourcesOf(total!)),
  'node-dies': (lab, [nodeId]) => lab.killNode(nodeId as NodeId),
  'create-group': (lab, [id, strategy, ...bundles]) =>
    lab.placementGroups.create({
      placementGroupId: id as PlacementGroupId,
      jobId: 'job' as JobId,
      name: id!,
      strategy: validateStrategy(strategy!),
      bundles: bundles.map(resourcesOf),
      state: 'PENDING',
      nodeIds: bundles.map(() => undefined),
      reason: '',
      createdAtMs: ++numGroups,
    }),
  'remove-group': (lab, [id]) => lab.placementGroups.remove(id as PlacementGroupId, 'by its owner'),
  'create-actor': (lab, [actorId, resources, group, index]) =>
    lab.actors.create(actorOf(actorId!, resources!, group, index)),
  kill: (lab, [actorId]) => lab.actors.kill(actorId as ActorId, 'KILLED', 'It was killed by ray.kill.'),
  'driver-gone': (lab) => lab.actors.killOfJob('job' as JobId, 'The driver is gone.'),
  alive: (lab, [actorId, nodeId]) =>
    lab.actors.onAlive(
      actorId as ActorId,
      { nodeId: nodeId as NodeId, hostname: `host-${nodeId}`, pid: 7, rpcAddress: `${nodeId}:2` },
      'report',
    ),
  dead: (lab, [actorId, nodeId]) =>
    lab.actors.onDead(
      actorId as ActorId,
      nodeId as NodeId,
      { kind: 'PROCESS_EXITED', message: 'Its process ended.' },
      'report',
    ),
  next: (lab, [nodeId, request, answer]) =>
    lab.script(nodeId as NodeId, request as 'prepare', answer as ScriptedAnswer),
  release: (lab, [nodeId, request, answer]) =>
    lab.release(`${nodeId} ${request}`, answer as ScriptedAnswer | undefined),
  store: (lab, [state]) => lab.setStore(state as 'away'),
  wait: (_lab, [ms]) => jest.advanceTimersByTimeAsync(Number(ms)),
  state: (lab) => {
    for (const group of lab.journal.placementGroups.values()) lab.note(describeGroup(group));
    for (const actor of lab.journal.actors.values()) lab.note(describeActor(actor));
  },
};

async function perform(lab: HeadLab, line: string): Promise<void> {
  const [name = '', ...args] = line.split(' ');
  const command = commands[name];
  if (!command) throw new Error(`There is no command ${name}.`);
  const done = (async () => command(lab, args))().then(
    () => (name === 'remove-group' || name === 'kill' ? lab.note('answered') : undefined),
    (error: unknown) => lab.note(`refused: ${toError(error).message}`),
  );
  await lab.settle();
  // A command that waits for a held answer goes on beside the next ones.
  void done;
}

/** Runs a transcript and returns it with the output that its commands have now. */
async function replay(transcript: string): Promise<string> {
  const lab = await HeadLab.open();
  const blocks: string[] = [];
  for (const block of transcript.trim().split(/\n\n+/)) {
    const [input = ''] = block.split('\n----');
    for (const line of input.split('\n').filter((text) => text && !text.startsWith('#'))) await perform(lab, line);
    blocks.push(
      input.startsWith('#') && !/^[^#]/m.test(input) ? input : [input, '----', ...lab.takeTrace()].join('\n'),
    );
  }
  return `${blocks.join('\n\n')}\n`;
}

describe('transcript', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(readdirSync(FOLDER))('%s says what happens', async (name) => {
    const path = join(FOLDER, name);
    const before = readFileSync(path, 'utf8');
    const now = await replay(before);
    if (process.env['UPDATE_TRANSCRIPTS']) writeFileSync(path, now);
    else expect(now).toBe(before);
  });
});
