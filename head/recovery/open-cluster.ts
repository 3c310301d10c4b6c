import { CLUSTER_ROW } from '../lease-keeper.js';
import type { HeadStore } from '../store/head-store.js';
import {
  type ClusterRow,
  createClusterRow,
  decodeClusterRow,
  type NewCluster,
  requireSameCluster,
} from './cluster-row.js';
import { readTables, type StoredTables } from './read-tables.js';

export interface OpenedCluster {
  readonly row: ClusterRow;
  /** True when the store held none: its row is to be written. */
  readonly isNew: boolean;
  readonly tables: StoredTables;
}

/**
 * Finds the cluster whose records are in the store, or makes a new one.
 * @param records 'clear' gives up the cluster that is there.
 * @throws {InvalidArgumentError}, {IllegalStateError} as {@link requireSameCluster} and {@link readTables}.
 */
export async function openCluster(
  store: HeadStore,
  epoch: number,
  cluster: NewCluster,
  records: 'keep' | 'clear',
): Promise<OpenedCluster> {
  if (records === 'clear') await store.clear(epoch);
  const stored = await store.get('metadata', CLUSTER_ROW);
  const row = stored ? decodeClusterRow(stored) : createClusterRow(cluster, Date.now());
  if (stored) requireSameCluster(row, cluster);
  return { row, isNew: !stored, tables: await readTables(store) };
}
