import { IllegalStateError, toError } from '../../src/core/index.js';
import type { ActorRecord } from '../actors/actor-record.js';
import type { JobRecord } from '../jobs/job-record.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { HeadStore, StoredRecord, StoreTable } from '../store/head-store.js';

/** The tables as the last head left them. */
export interface StoredTables {
  readonly nodes: readonly NodeRecord[];
  readonly placementGroups: readonly PlacementGroupRecord[];
  readonly actors: readonly ActorRecord[];
  readonly jobs: readonly JobRecord[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly kv: ReadonlyMap<string, Uint8Array>;
}

/** @throws {IllegalStateError} for a record that can't be read; {StoreUnavailableError} when the store does not answer. */
export async function readTables(store: HeadStore): Promise<StoredTables> {
  const [nodes, placementGroups, actors, jobs, metadata, kv] = await Promise.all([
    readRecords<NodeRecord>(store, 'nodes'),
    readRecords<PlacementGroupRecord>(store, 'placement-groups'),
    readRecords<ActorRecord>(store, 'actors'),
    readRecords<JobRecord>(store, 'jobs'),
    store.list('metadata'),
    store.list('kv'),
  ]);
  return { nodes, placementGroups, actors, jobs, metadata: toMap(metadata), kv: toMap(kv) };
}

async function readRecords<R extends object>(store: HeadStore, table: StoreTable): Promise<R[]> {
  return (await store.list(table)).map((row) => decodeRecord<R>(table, row));
}

/**
 * A record as it was before it became JSON, in which an undefined element of a list is null.
 * @throws {IllegalStateError} when it is damaged.
 */
export function decodeRecord<R extends object>(table: StoreTable, { id, record }: StoredRecord): R {
  try {
    const fields = Object.entries(JSON.parse(Buffer.from(record).toString()) as object);
    return Object.fromEntries(fields.map(([name, value]) => [name, withoutNulls(value)])) as R;
  } catch (error) {
    throw new IllegalStateError(
      `Record ${id} of the store's table ${table} is damaged: ${toError(error).message}. Start the head with --new-cluster ` +
        'to give the state up.',
      { cause: error },
    );
  }
}

const withoutNulls = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((element: unknown) => element ?? undefined) : value;

const toMap = (rows: readonly StoredRecord[]): Map<string, Uint8Array> =>
  new Map(rows.map(({ id, record }) => [id, record]));
