import type { ActorId, JobId, NodeId, PlacementGroupId } from '../src/core/index.js';
import type { ActorRecord } from './actors/actor-record.js';
import type { ClusterState, RecordChange, WatchableClusterState } from './cluster-state.js';
import type { JobRecord } from './jobs/job-record.js';
import type { NodeRecord } from './membership/node-record.js';
import type { PlacementGroupRecord } from './placement/placement-group-record.js';
import type { HeadStore, StoreMutation, StoreTable } from './store/head-store.js';
import { validateMutations } from './store/validate-store-input.js';
import { type WriteLease, WriteQueue } from './store/write-queue.js';

/** How many ended actors, groups, jobs and nodes stay in memory for `ray-ts status`; the store keeps none of them. */
const MAX_ENDED_RECORDS = 1_000;

/**
 * The head's tables in memory, written through to the store. A put is visible to the head's own decisions at once; the
 * promise that it returns resolves when the store has it, and only then may the change be acknowledged to anyone. While the
 * store is away the promise waits for it.
 *
 * @throws {StaleEpochError} from every put once another head has taken the store.
 */
export class StateJournal implements WatchableClusterState {
  readonly nodes = new Map<NodeId, NodeRecord>();
  readonly placementGroups = new Map<PlacementGroupId, PlacementGroupRecord>();
  readonly actors = new Map<ActorId, ActorRecord>();
  readonly jobs = new Map<JobId, JobRecord>();
  /** The small rows of the head itself and of its users, as they are stored. */
  readonly #rows = { metadata: new Map<string, Uint8Array>(), kv: new Map<string, Uint8Array>() };
  readonly #store: HeadStore;
  /** By table: the ids of the records that have ended and are still in memory, oldest end first. */
  readonly #ended = new Map<unknown, Set<string>>();
  readonly #queue: WriteQueue;
  readonly #listeners: ((change: RecordChange) => void)[] = [];

  constructor(store: HeadStore, lease: WriteLease) {
    this.#store = store;
    this.#queue = new WriteQueue(store, lease, () => this.#planRewrite());
  }

  /** For how long the store has not answered, in milliseconds; 0 while it does. */
  get storeAwayMs(): number {
    return this.#queue.awayMs;
  }

  watch(listener: (change: RecordChange) => void): void {
    this.#listeners.push(listener);
  }

  putNode(record: NodeRecord): Promise<void> {
    return this.#put('nodes', this.nodes, record.nodeId, record);
  }

  putPlacementGroup(record: PlacementGroupRecord): Promise<void> {
    return this.#put('placement-groups', this.placementGroups, record.placementGroupId, record);
  }

  putActor(record: ActorRecord): Promise<void> {
    return this.#put('actors', this.actors, record.actorId, record);
  }

  putJob(record: JobRecord): Promise<void> {
    return this.#put('jobs', this.jobs, record.jobId, record);
  }

  /** @throws {InvalidArgumentError} for an id that no store takes. */
  async putRow(table: 'metadata' | 'kv', id: string, value: Uint8Array): Promise<void> {
    validateMutations([{ kind: 'delete', table, id }]);
    this.#rows[table].set(id, value);
    await this.#queue.write(table, id, () => this.#rowMutation(table, id));
  }

  async deleteRow(table: 'metadata' | 'kv', id: string): Promise<void> {
    if (!this.#rows[table].delete(id)) return this.#queue.whenWritten(table, id);
    await this.#queue.write(table, id, () => this.#rowMutation(table, id));
  }

  rows(table: 'metadata' | 'kv'): ReadonlyMap<string, Uint8Array> {
    return this.#rows[table];
  }

  /** Writes rows that are too large to be kept in memory as well. Resolves when the store has them. */
  async writeThrough(mutations: readonly StoreMutation[]): Promise<void> {
    validateMutations(mutations);
    await Promise.all(mutations.map((mutation) => this.#queue.write(mutation.table, mutation.id, () => mutation)));
  }

  /** Resolves when the row is in the store as it is now: what an answer to a repeated request waits for. */
  whenWritten(table: StoreTable, id: string): Promise<void> {
    return this.#queue.whenWritten(table, id);
  }

  /** Takes over what was read from the store, before anybody follows the tables; nothing is written. */
  adopt(state: ClusterState, rows: { readonly [T in 'metadata' | 'kv']: ReadonlyMap<string, Uint8Array> }): void {
    for (const [id, record] of state.nodes) this.nodes.set(id, record);
    for (const [id, record] of state.placementGroups) this.placementGroups.set(id, record);
    for (const [id, record] of state.actors) this.actors.set(id, record);
    for (const [id, record] of state.jobs) this.jobs.set(id, record);
    for (const table of ['metadata', 'kv'] as const) {
      for (const [id, value] of rows[table]) this.#rows[table].set(id, value);
    }
  }

  /**
   * Has everything written again now to a store that lost writes, not with the next change. Resolves when the store has it.
   */
  async catchUp(): Promise<void> {
    const [id] = this.#rows.metadata.keys();
    if (id !== undefined) await this.#queue.write('metadata', id, () => this.#rowMutation('metadata', id));
  }

  /**
   * What makes the store's tables those of this head: rows go, too, that were deleted since. Packages are in the store alone;
   * those that it lost are uploaded again by the next driver that needs them.
   */
  async #planRewrite(): Promise<readonly StoreMutation[]> {
    const plans = this.#keptTables().map(async ({ table, ids, mutationFor }) => {
      const stored = await this.#store.list(table);
      return [...new Set([...stored.map(({ id }) => id), ...ids])].map(mutationFor);
    });
    return (await Promise.all(plans)).flat();
  }

  #keptTables(): KeptTable[] {
    const ofRecords = (table: StoreTable, records: ReadonlyMap<string, AnyRecord>): KeptTable => ({
      table,
      ids: [...records.keys()],
      mutationFor: (id) => mutationOf(table, id, records.get(id)),
    });
    const ofRows = (table: 'metadata' | 'kv'): KeptTable => ({
      table,
      ids: [...this.#rows[table].keys()],
      mutationFor: (id) => this.#rowMutation(table, id),
    });
    return [
      ofRecords('nodes', this.nodes),
      ofRecords('placement-groups', this.placementGroups),
      ofRecords('actors', this.actors),
      ofRecords('jobs', this.jobs),
      ofRows('metadata'),
      ofRows('kv'),
    ];
  }

  async #put<Id extends string, R extends AnyRecord>(
    table: StoreTable,
    records: Map<Id, R>,
    id: Id,
    record: R,
  ): Promise<void> {
    validateMutations([{ kind: 'delete', table, id }]);
    const change = { table, before: records.get(id), after: record } as unknown as RecordChange;
    // At the end of the map, where what changed last is looked for.
    records.delete(id);
    records.set(id, record);
    for (const listener of this.#listeners) listener(change);
    if (hasEnded(record)) this.#noteEnded(records, id);
    await this.#queue.write(table, id, () => mutationOf(table, id, records.get(id)));
  }

  /** An end is for ever: nothing leaves the list but by its age. */
  #noteEnded<Id extends string>(records: Map<Id, AnyRecord>, id: Id): void {
    const ended = this.#ended.get(records) ?? new Set();
    this.#ended.set(records, ended);
    ended.add(id);
    if (ended.size <= MAX_ENDED_RECORDS) return;
    const [oldest] = ended as Set<Id>;
    ended.delete(oldest!);
    records.delete(oldest!);
  }

  #rowMutation(table: 'metadata' | 'kv', id: string): StoreMutation {
    const record = this.#rows[table].get(id);
    return record === undefined ? { kind: 'delete', table, id } : { kind: 'put', table, id, record };
  }
}

/** A table that this head has in memory, as its rows are to be stored. */
interface KeptTable {
  readonly table: StoreTable;
  readonly ids: readonly string[];
  /** Deletes the row of an id that is not there, or has ended. */
  readonly mutationFor: (id: string) => StoreMutation;
}

type AnyRecord = NodeRecord | PlacementGroupRecord | ActorRecord | JobRecord;

const ENDED = new Set(['DEAD', 'REMOVED', 'FINISHED']);

const hasEnded = (record: AnyRecord): boolean => ENDED.has(record.state);

function mutationOf(table: StoreTable, id: string, record: AnyRecord | undefined): StoreMutation {
  if (!record || hasEnded(record)) return { kind: 'delete', table, id };
  return { kind: 'put', table, id, record: Buffer.from(JSON.stringify(record)) };
}
