import type { ActorId, JobId, NodeId, PlacementGroupId } from '../src/core/index.js';
import type { ActorRecord } from './actors/actor-record.js';
import type { ClusterState } from './cluster-state.js';
import type { JobRecord } from './jobs/job-record.js';
import type { NodeRecord } from './membership/node-record.js';
import type { PlacementGroupRecord } from './placement/placement-group-record.js';
import type { HeadStore, Lease, StoreMutation, StoreTable } from './store/head-store.js';

/** How many ended actors, groups, jobs and nodes stay in memory for `ray-ts status`; the store keeps none of them. */
const MAX_ENDED_RECORDS = 1_000;

/**
 * The head's tables in memory, written through to the store. A put is visible to the head's own decisions at once; the
 * promise that it returns resolves when the store has it, and only then may the change be acknowledged to anyone.
 */
export class StateJournal implements ClusterState {
  readonly nodes = new Map<NodeId, NodeRecord>();
  readonly placementGroups = new Map<PlacementGroupId, PlacementGroupRecord>();
  readonly actors = new Map<ActorId, ActorRecord>();
  readonly jobs = new Map<JobId, JobRecord>();
  readonly #store: HeadStore;
  readonly #lease: Lease;

  constructor(store: HeadStore, lease: Lease) {
    this.#store = store;
    this.#lease = lease;
  }

  putNode(record: NodeRecord): Promise<void> {
    return this.#put('nodes', this.nodes, record.nodeId, record, record.state === 'DEAD');
  }

  putPlacementGroup(record: PlacementGroupRecord): Promise<void> {
    const { placementGroupId, state } = record;
    return this.#put('placement-groups', this.placementGroups, placementGroupId, record, state === 'REMOVED');
  }

  putActor(record: ActorRecord): Promise<void> {
    return this.#put('actors', this.actors, record.actorId, record, record.state === 'DEAD');
  }

  putJob(record: JobRecord): Promise<void> {
    return this.#put('jobs', this.jobs, record.jobId, record, record.state === 'FINISHED');
  }

  #put<Id extends string, R>(table: StoreTable, records: Map<Id, R>, id: Id, record: R, ended: boolean): Promise<void> {
    // Set again at the end of the map, so that the oldest of the ended records are the first ones found.
    records.delete(id);
    records.set(id, record);
    if (ended) dropOldestEnded(records);
    const mutation: StoreMutation = ended
      ? { kind: 'delete', table, id }
      : { kind: 'put', table, id, record: Buffer.from(JSON.stringify(record)) };
    return this.#store.commit(this.#lease.epoch, [mutation]);
  }
}

const ENDED = new Set(['DEAD', 'REMOVED', 'FINISHED']);

function dropOldestEnded<Id, R>(records: Map<Id, R>): void {
  const ended = [...records].filter(([, record]) => ENDED.has((record as { readonly state: string }).state));
  for (const [id] of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_RECORDS))) records.delete(id);
}
