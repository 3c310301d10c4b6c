import type { ActorDeathKind, ActorRecord } from '../../head/actors/actor-record.js';
import { type ActorHost, ActorScheduler } from '../../head/actors/actor-scheduler.js';
import type { PlacementGroupRecord } from '../../head/placement/placement-group-record.js';
import { PlacementGroupScheduler } from '../../head/placement/placement-group-scheduler.js';
import type { BundleHost } from '../../head/placement/two-phase-commit.js';
import { StateJournal } from '../../head/state-journal.js';
import type { StoreMutation } from '../../head/store/head-store.js';
import { MemoryHeadStore } from '../../head/store/memory-head-store.js';
import {
  type ActorId,
  Deferred,
  type JobId,
  type NodeId,
  type Resources,
  StoreUnavailableError,
  silentLogger,
} from '../../src/core/index.js';

type Request = 'prepare' | 'commit' | 'give-back' | 'start' | 'kill';
export type ScriptedAnswer = 'refuse' | 'fail' | 'hold';

/** The head's tables and schedulers over agents that answer as a test says; everything that happens goes into a trace. */
export class HeadLab {
  readonly journal: StateJournal;
  readonly placementGroups: PlacementGroupScheduler;
  readonly actors: ActorScheduler<string>;
  readonly #store: RecordingStore;
  readonly #answers = new Map<string, ScriptedAnswer>();
  readonly #held = new Map<string, Deferred<boolean>>();
  #trace: string[] = [];
  #isScheduled = false;

  private constructor(store: RecordingStore, journal: StateJournal) {
    this.#store = store;
    this.journal = journal;
    const shared = { journal, onChange: () => this.#schedule(), logger: silentLogger };
    this.placementGroups = new PlacementGroupScheduler({
      ...shared,
      hostOf: (nodeId) => this.#bundleHost(nodeId),
      publish: (group) => this.note(`owner of ${describeGroup(group)}`),
    });
    this.actors = new ActorScheduler({
      ...shared,
      hostOf: (nodeId) => this.#actorHost(nodeId),
      publish: ({ actor }) => this.note(`owner of ${describeActor(actor)}`),
    });
  }

  static async open(): Promise<HeadLab> {
    const notes: string[] = [];
    const store = new RecordingStore((line) => notes.push(line));
    const lease = await store.acquireLease('lab', 1_000);
    const lab = new HeadLab(store, new StateJournal(store, lease!));
    store.note = (line) => lab.note(line);
    await lab.journal.putJob({
      jobId: 'job' as JobId,
      state: 'RUNNING',
      hostname: 'h',
      pid: 1,
      entrypoint: 'driver.ts',
    });
    lab.takeTrace();
    return lab;
  }

  note(line: string): void {
    this.#trace.push(line);
  }

  /** What happened since the last call. */
  takeTrace(): readonly string[] {
    const trace = this.#trace;
    this.#trace = [];
    return trace;
  }

  async addNode(nodeId: NodeId, total: Resources): Promise<void> {
    const host = {
      hostname: `host-${nodeId}`,
      agentAddress: `${nodeId}:1`,
      pid: 1,
      isHeadNode: false,
      labels: {},
      isDraining: false,
      deathReason: '',
    };
    await this.journal.putNode({ nodeId, state: 'ALIVE', total, ...host });
    this.#schedule();
  }

  async killNode(nodeId: NodeId): Promise<void> {
    const node = this.journal.nodes.get(nodeId)!;
    for (const key of [...this.#held.keys()].filter((held) => held.startsWith(`${nodeId} `))) this.release(key, 'fail');
    await this.journal.putNode({ ...node, state: 'DEAD', deathReason: 'it vanished' });
    await this.actors.onNodeDied(nodeId, 'it vanished');
    this.placementGroups.onNodeDied(nodeId);
    this.#schedule();
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
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.placementGroups.schedule();
      this.actors.schedule();
    });
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
    return {
      prepare: (id, bundles) => this.#ask(nodeId, 'prepare', `${id} [${bundles.map(({ index }) => index).join(' ')}]`),
      commit: async (id, indexes) => {
        await this.#ask(nodeId, 'commit', `${id} [${indexes.join(' ')}]`);
      },
      giveBack: async (id, indexes) => {
        await this.#ask(nodeId, 'give-back', `${id} ${indexes.length === 0 ? 'all' : `[${indexes.join(' ')}]`}`);
      },
    };
  }

  #actorHost(nodeId: NodeId): ActorHost {
    return {
      start: (actor) => this.#ask(nodeId, 'start', actor.bundle ? `${actor.actorId} ${where(actor)}` : actor.actorId),
      kill: async (actorId: ActorId, kind: ActorDeathKind) => {
        await this.#ask(nodeId, 'kill', `${actorId} ${kind}`);
      },
    };
  }
}

const where = ({ bundle }: ActorRecord): string =>
  bundle ? `in ${bundle.placementGroupId} ${bundle.bundleIndex === -1 ? 'any' : bundle.bundleIndex}` : '';

export function describeGroup({ placementGroupId, state, nodeIds, reason }: PlacementGroupRecord): string {
  const [why = ''] = reason.split('\n');
  return `${placementGroupId}: ${state} [${nodeIds.map((id) => id ?? '-').join(' ')}]${why && ` (${why})`}`;
}

export function describeActor(actor: ActorRecord): string {
  const place = [actor.nodeId ? `on ${actor.nodeId}` : '', where(actor)].filter(Boolean).join(' ');
  const why = actor.death ? ` (${actor.death.kind}: ${actor.death.message})` : '';
  return `${actor.actorId}: ${actor.state}${place && ` ${place}`}${why}`;
}

/** A memory store that notes what is written, and that can be away. */
class RecordingStore extends MemoryHeadStore {
  state: 'away' | 'there' = 'there';
  note: (line: string) => void;

  constructor(note: (line: string) => void) {
    super();
    this.note = note;
  }

  override async commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void> {
    if (this.state === 'away') throw new StoreUnavailableError('The store is away.');
    await super.commit(epoch, mutations);
    for (const mutation of mutations) {
      if (mutation.kind === 'delete') this.note(`store: ${mutation.id} deleted`);
      else
        this.note(
          `store: ${mutation.id} ${(JSON.parse(Buffer.from(mutation.record).toString()) as { state: string }).state}`,
        );
    }
  }
}
