import { createHmac, timingSafeEqual } from 'node:crypto';
import { IllegalStateError, InvalidArgumentError, toError } from '../../src/core/index.js';

/** What a store says of the cluster whose records it holds: the row `cluster` of the metadata table. */
export interface ClusterRow {
  readonly clusterId: string;
  /** Of the ray-ts that wrote the records. */
  readonly version: string;
  /** Keyed hash of the cluster's token: a head with another token would lock out everybody who knows this one. */
  readonly tokenDigest: string;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
}

export interface NewCluster {
  /** The id that it gets if the store holds none. */
  readonly clusterId: string;
  readonly version: string;
  readonly token: string;
}

/** The row of a cluster that begins. */
export function createClusterRow({ clusterId, version, token }: NewCluster, nowMs: number): ClusterRow {
  return { clusterId, version, tokenDigest: digest(clusterId, token), createdAtMs: nowMs };
}

/**
 * Makes sure that a head may go on with the cluster of a store.
 * @throws {InvalidArgumentError} when its token is another one.
 * @throws {IllegalStateError} when another version of ray-ts wrote its records.
 */
export function requireSameCluster(row: ClusterRow, { version, token }: NewCluster): void {
  const [expected, actual] = [row.tokenDigest, digest(row.clusterId, token)].map((text) => Buffer.from(text));
  if (expected!.length !== actual!.length || !timingSafeEqual(expected!, actual!)) {
    throw new InvalidArgumentError(
      `The store holds cluster ${row.clusterId}, which has another token. Give its token with --token or RAY_TS_TOKEN to go ` +
        'on with it, --cluster-name to start one beside it, or --new-cluster to start one in its place.',
    );
  }
  if (row.version === version) return;
  throw new IllegalStateError(
    `The store holds cluster ${row.clusterId} as ray-ts ${row.version} wrote it; this is ray-ts ${version}. Start the head ` +
      'with that version to go on with it, or with --new-cluster to give its state up.',
  );
}

/** @throws {IllegalStateError} for a row that is none. */
export function decodeClusterRow(bytes: Uint8Array): ClusterRow {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as ClusterRow;
  } catch (error) {
    throw new IllegalStateError(
      `The store's record of its cluster is damaged: ${toError(error).message}. Start the head with --new-cluster to give it up.`,
      { cause: error },
    );
  }
}

const digest = (clusterId: string, token: string): string =>
  createHmac('sha256', clusterId).update(token).digest('hex');
