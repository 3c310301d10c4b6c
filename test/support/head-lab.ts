import type { ActorHost } from '../../head/actors/actor-host.js';
import type { ActorRecord } from '../../head/actors/actor-record.js';
import type { LeaseHost, LeaseNews } from '../../head/leases/lease-host.js';
import type { LeaseIdentity } from '../../head/leases/lease-record.js';
import type { PlacementGroupRecord } from '../../head/placement/placement-group-record.js';
import type { BundleHost } from '../../head/placement/two-phase-commit.js';
import { Scheduler } from '../../head/scheduler.js';
import { StateJournal } from '../../head/state-journal.js';
import { type ActorId, Deferred, type JobId, type NodeId, silentLogger, type WorkerId } from '../../src/core/index.js';
import { addressOf, jobRecord } from './head-records.js';
import { RecordingStore } from './recording-store.js';

type Request = 'prepare' | 'commit' | 'give-back' | 'start' | 'kill' | 'lease' | 'return';
export type ScriptedAnswer = 'refuse' | 'fail' | 'hold';

export const LAB_JOB = 'job' as JobId;
export const LAB_DRIVER = 'driver' as WorkerId;
/** How long the holder of a lease may stay away. */
const LEASE_MS = 10_000;

/** The head's tables and schedulers over agents that answer as a test says; everything that happens goes into a trace. */
export class HeadLab {
  readonly journal: StateJournal;
  readonly scheduler: Scheduler<string, string>;
  readonly #store: RecordingStore;
  readonly #answers = new Map<string, ScriptedAnswer>();
  readonly #held = new Map<string, Deferred<boolean>>();
  #trace: string[] = [];
  readonly #asked = new Set<WorkerId>();

  private constructor(store: RecordingStore, journal: StateJournal) {
    this.#store = store;
    this.journal = journal;
    this.scheduler = new Scheduler<string, string>({
      journal,
      hostOf: (nodeId) => ({
        bundles: this.#bundleHost(nodeId),
        actors: this.#actorHost(nodeId),
        leases: this.#leaseHost(nodeId),
      }),
      publishActor: ({ actor }, reason) => this.note(`told of ${describeActor(actor)}${indent(reason)}`),
      publishGroup: (group, reason) => this.note(`told of ${describeGroup(group)}${indent(reason)}`),
      publishLease: (lease, news) => this.note(`told ${describeNews(lease, news)}`),
      askForLeases: (workerId) => this.#noteAsked(workerId),
      onWorkerGone: (workerId) => this.note(`all nodes: ${workerId} is gone`),
      toDeath: ({ kind, message }) => `${kind}: ${message}`,
      leaseMs: LEASE_MS,
      logger: silentLogger,
      now: Date.now,
    });
  }

  static async open(): Promise<HeadLab> {
    const store = new RecordingStore();
    const lease = await store.acquireLease('lab', 1_000);
    const lab = new HeadLab(store, new StateJournal(store, lease!));
    await lab.journal.putJob(jobRecord(LAB_JOB, { driverWorkerId: LAB_DRIVER }));
    store.note = (line) => lab.note(line);
    return lab;
  }

  close(): void {
    this.scheduler.close();
  }

  note(line: string): void {
    this.#trace.push(line);
  }

  /** What happened since the last call. */
  takeTrace(): readonly string[] {
    const trace = this.#trace;
    this.#trace = [];
    this.#asked.clear();
    return trace;
  }

  async killNode(nodeId: NodeId): Promise<void> {
    const node = this.journal.nodes.get(nodeId)!;
    for (const key of [...this.#held.keys()].filter((held) => held.startsWith(`${nodeId} `))) this.release(key, 'fail');
    await this.journal.putNode({ ...node, state: 'DEAD', deathReason: 'it vanished' });
    await this.scheduler.onNodeDied(nodeId, 'it vanished');
  }

  async endJob(): Promise<void> {
    await this.journal.putJob({ ...this.journal.jobs.get(LAB_JOB)!, state: 'FINISHED' });
    await this.scheduler.endJob(LAB_JOB, LAB_DRIVER, 'The driver is gone.');
  }

  /** How the node's agent answers the next such request. */
  script(nodeId: NodeId, request: Request, answer: ScriptedAnswer): void {
    this.#answers.set(`${nodeId} ${request}`, answer);
  }

  /** Answers a held request. @param key `NODE REQUEST` */
  release(key: string, answer: ScriptedAnswer | undefined): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    if (answer === 'fail') held?.reject(new Error('the connection broke'));
    else held?.resolve(answer !== 'refuse');
  }

  setStore(state: 'away' | 'there'): void {
    this.#store.state = state;
  }

  /** Goes on until nothing happens any more without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      await new Promise(setImmediate);
      await jest.advanceTimersByTimeAsync(0);
    }
  }

  /** Once for all the times that it happens before somebody looks. */
  #noteAsked(workerId: WorkerId): void {
    if (!this.#asked.has(workerId)) this.note(`asked ${workerId} for leases that it does not need`);
    this.#asked.add(workerId);
  }

  async #ask(nodeId: NodeId, request: Request, subject: string): Promise<boolean> {
    const key = `${nodeId} ${request}`;
    const answer = this.journal.nodes.get(nodeId)?.state === 'DEAD' ? 'fail' : this.#answers.get(key);
    this.#answers.delete(key);
    this.note(`${nodeId} ${request} ${subject}${answer ? ` -> ${answer}` : ''}`);
    if (answer === 'fail') throw new Error('no answer');
    if (answer === 'hold') {
      const held = new Deferred<boolean>();
      this.#held.set(key, held);
      const isDone = await held.promise;
      this.note(`${nodeId} ${request} ${subject} -> ${isDone ? 'done' : 'refuse'}`);
      return isDone;
    }
    return answer !== 'refuse';
  }

  #bundleHost(nodeId: NodeId): BundleHost {
    const list = (indexes: readonly number[]): string => `[${indexes.join(' ')}]`;
    return {
      prepare: async (id, bundles) => {
        const isDone = await this.#ask(nodeId, 'prepare', `${id} ${list(bundles.map(({ index }) => index))}`);
        return isDone ? bundles.map(() => []) : undefined;
      },
      commit: async (id, indexes) => {
        await this.#ask(nodeId, 'commit', `${id} ${list(indexes)}`);
      },
      giveBack: async (id, indexes) => {
        await this.#ask(nodeId, 'give-back', `${id} ${indexes.length === 0 ? 'all' : list(indexes)}`);
      },
    };
  }

  #actorHost(nodeId: NodeId): ActorHost {
    return {
      start: (actor) =>
        this.#ask(nodeId, 'start', [actor.actorId, where(actor), again(actor)].filter(Boolean).join(' ')),
      kill: async (actorId: ActorId, kind, _message, isGraceful) => {
        await this.#ask(nodeId, 'kill', `${actorId} ${kind}${isGraceful ? ' after the calls that wait' : ''}`);
      },
    };
  }

  #leaseHost(nodeId: NodeId): LeaseHost {
    return {
      lease: async (lease) => {
        const isDone = await this.#ask(nodeId, 'lease', [lease.leaseId, where(lease)].filter(Boolean).join(' '));
        return isDone ? { kind: 'leased', address: addressOf(`worker-of-${lease.leaseId}`, nodeId) } : { kind: 'busy' };
      },
      giveBack: async (leaseId, isForced) => {
        await this.#ask(nodeId, 'return', `${leaseId}${isForced ? ' and end its worker' : ''}`);
      },
    };
  }
}

/** The bundle that was chosen, before that the one that was asked for. */
function where({ bundle, bundleIndex }: Pick<ActorRecord, 'bundle' | 'bundleIndex'>): string {
  if (!bundle) return '';
  const index = bundleIndex ?? bundle.bundleIndex;
  return `in ${bundle.placementGroupId} ${index === -1 ? 'any' : index}`;
}

const again = ({ numRestarts }: ActorRecord): string => (numRestarts > 0 ? `(restart ${numRestarts})` : '');

/** A reason of several lines, below what it is the reason of. */
const indent = (reason: string): string => (reason ? `\n  ${reason.split('\n').join('\n  ')}` : '');

export function describeGroup({ placementGroupId, state, nodeIds, reason }: PlacementGroupRecord): string {
  return `${placementGroupId}: ${state} [${nodeIds.map((id) => id ?? '-').join(' ')}]${reason && ` (${reason})`}`;
}

export function describeActor(actor: ActorRecord): string {
  const place = [actor.nodeId ? `on ${actor.nodeId}` : '', where(actor), again(actor)].filter(Boolean).join(' ');
  const why = actor.death ? ` (${actor.death.kind}: ${actor.death.message})` : '';
  return `${actor.actorId}: ${actor.state}${place && ` ${place}`}${why}`;
}

function describeNews({ leaseId, holderWorkerId }: LeaseIdentity, news: LeaseNews<string>): string {
  const about = `${holderWorkerId}: ${leaseId}`;
  switch (news.kind) {
    case 'granted':
      return `${about} is ${news.address.workerId} on ${news.address.nodeId}`;
    case 'failed':
      return `${about} failed: ${news.error.name}: ${news.error.message}`;
    case 'ended':
      return `${about} ended: ${news.death}`;
    case 'pending':
      return `${about} waits${indent(news.reason)}`;
  }
}
