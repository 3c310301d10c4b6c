import {
  type ActorId,
  type JobId,
  type NodeId,
  type PlacementGroupId,
  StoreUnavailableError,
  sleep,
} from '../src/core/index.js';
import type { ActorRecord } from './actors/actor-record.js';
import type { RecordChange, WatchableClusterState } from './cluster-state.js';
import type { JobRecord } from './jobs/job-record.js';
import type { NodeRecord } from './membership/node-record.js';
import type { PlacementGroupRecord } from './placement/placement-group-record.js';
import type { HeadStore, Lease, StoreMutation, StoreTable } from './store/head-store.js';

/** How many ended actors, groups, jobs and nodes stay in memory for `ray-ts status`; the store keeps none of them. */
const MAX_ENDED_RECORDS = 1_000;
/** Between two tries to write while the store is away. */
const RETRY_MS = 200;

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
  readonly #store: HeadStore;
  readonly #lease: Lease;
  readonly #listeners: ((change: RecordChange) => void)[] = [];

  constructor(store: HeadStore, lease: Lease) {
    this.#store = store;
    this.#lease = lease;
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

  async #put<Id extends string, R extends AnyRecord>(
    table: StoreTable,
    records: Map<Id, R>,
    id: Id,
    record: R,
  ): Promise<void> {
    // Set again at the end of the map, so that the oldest of the ended records are the first ones found.
    const change = { table, before: records.get(id), after: record } as unknown as RecordChange;
    records.delete(id);
    records.set(id, record);
    for (const listener of this.#listeners) listener(change);
    if (hasEnded(record)) dropOldestEnded(records);
    for (;;) {
      try {
        await this.#store.commit(this.#lease.epoch, [mutationOf(table, id, records.get(id))]);
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        // Memory goes on without the store, and what it holds by then is what is written when the store is back.
        await sleep(RETRY_MS);
      }
    }
  }
}

type AnyRecord = NodeRecord | PlacementGroupRecord | ActorRecord | JobRecord;

const ENDED = new Set(['DEAD', 'REMOVED', 'FINISHED']);

const hasEnded = (record: AnyRecord): boolean => ENDED.has(record.state);

function mutationOf(table: StoreTable, id: string, record: AnyRecord | undefined): StoreMutation {
  if (!record || hasEnded(record)) return { kind: 'delete', table, id };
  return { kind: 'put', table, id, record: Buffer.from(JSON.stringify(record)) };
}

function dropOldestEnded<Id>(records: Map<Id, AnyRecord>): void {
  const ended = [...records].filter(([, record]) => hasEnded(record));
  for (const [id] of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_RECORDS))) records.delete(id);
}
