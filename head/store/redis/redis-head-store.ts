import type { Redis } from 'ioredis';
import type { TlsIdentity } from '../../../src/core/credentials.js';
import { IllegalStateError } from '../../../src/core/errors/index.js';
import {
  DEFAULT_WRITE_TIMEOUT_MS,
  type HeadStore,
  type Lease,
  type StoredRecord,
  type StoreMutation,
  type StoreTable,
  storeTables,
} from '../head-store.js';
import { createLostWritesError, createStaleEpochError } from '../lease-record.js';
import { createStoreUnavailableError, type StoreOperation } from '../store-unavailable.js';
import { validateLeaseRequest, validateMutations, validateTimeToLive } from '../validate-store-input.js';
import { createRedisKeys, type RedisKeys } from './keys.js';
import { RedisConnection } from './redis-connection.js';
import { acquireLeaseScript } from './scripts/acquire-lease.js';
import { clearScript } from './scripts/clear.js';
import { commitScript } from './scripts/commit.js';
import { reclaimLeaseScript } from './scripts/reclaim-lease.js';
import { releaseLeaseScript } from './scripts/release-lease.js';
import { renewLeaseScript } from './scripts/renew-lease.js';

export interface RedisHeadStoreOptions {
  /** Any form that `parseRedisUrl` reads. */
  readonly url: string;
  /** For rediss://…; default: the public authorities are trusted, and no certificate is shown. */
  readonly tls?: TlsIdentity | undefined;
  /** Keeps the keys of one cluster apart from the others' on the same server; usually the cluster's id. */
  readonly namespace: string;
  /** Bound of one operation, in milliseconds; default {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly writeTimeoutMs?: number;
}

type ScriptArgument = string | number | Buffer;

/**
 * A HeadStore in Redis. Each operation is one script or command, so it is atomic there; how durable an acknowledged
 * commit is, is the server's `appendfsync`. Scripts go as text with every call: a restarted server knows no hashes.
 */
export class RedisHeadStore implements HeadStore {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  /** Counts writes in the order of the calls, so that the server refuses one that arrives after its successor. */
  #sequence = 0;
  /** The last write that took effect: a server that does not know it has lost it. */
  #acknowledged = { epoch: 0, sequence: 0 };
  #state: 'OPEN' | 'CLOSED' = 'OPEN';

  /**
   * Starts connecting; {@link RedisHeadStore.ready} waits for it.
   * @throws {InvalidArgumentError} for a bad address or namespace.
   */
  constructor(options: RedisHeadStoreOptions) {
    this.#keys = createRedisKeys(options.namespace);
    this.#connection = new RedisConnection(
      options.url,
      options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
      options.tls,
    );
  }

  get connectedSinceMs(): number {
    return this.#connection.connectedSinceMs;
  }

  /** @throws {InvalidArgumentError} when Redis refuses the login. */
  async ready(): Promise<void> {
    await this.#run({ name: 'connect', effect: 'read' }, (redis) => redis.ping());
  }

  async acquireLease(holder: string, ttlMs: number): Promise<Lease | undefined> {
    validateLeaseRequest(holder, ttlMs);
    const epoch = Number(await this.#eval('acquireLease', acquireLeaseScript, [], [holder, ttlMs]));
    return epoch === 0 ? undefined : { epoch };
  }

  async reclaimLease(lease: Lease, holder: string, ttlMs: number): Promise<Lease | undefined> {
    validateLeaseRequest(holder, ttlMs);
    const epoch = Number(await this.#eval('reclaimLease', reclaimLeaseScript, [], [lease.epoch, holder, ttlMs]));
    return epoch === 0 ? undefined : { epoch };
  }

  async renewLease({ epoch }: Lease, ttlMs: number): Promise<boolean> {
    validateTimeToLive(ttlMs);
    const args = [epoch, ttlMs, this.#acknowledgedUnder(epoch)];
    return Number(await this.#eval('renewLease', renewLeaseScript, [], args)) === 1;
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#eval('releaseLease', releaseLeaseScript, [], [lease.epoch]);
  }

  async commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void> {
    validateMutations(mutations);
    await this.#writeRows('commit', commitScript, epoch, mutations.flatMap(toArguments));
  }

  async list(table: StoreTable): Promise<readonly StoredRecord[]> {
    const rows = await this.#run({ name: 'list', effect: 'read' }, (redis) =>
      redis.hgetallBuffer(this.#keys.tables[table]),
    );
    return Object.entries(rows).map(([id, record]) => ({ id, record }));
  }

  async get(table: StoreTable, id: string): Promise<Uint8Array | undefined> {
    const record = await this.#run({ name: 'get', effect: 'read' }, (redis) =>
      redis.hgetBuffer(this.#keys.tables[table], id),
    );
    return record ?? undefined;
  }

  async clear(epoch: number): Promise<void> {
    await this.#writeRows('clear', clearScript, epoch, []);
  }

  async close(): Promise<void> {
    if (this.#state === 'CLOSED') return;
    this.#state = 'CLOSED';
    this.#connection.close();
  }

  async #writeRows(name: string, script: string, epoch: number, args: readonly ScriptArgument[]): Promise<void> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const header = [epoch, sequence, this.#acknowledgedUnder(epoch)];
    const outcome = await this.#eval(name, script, this.#keys.tableList, [...header, ...args]);
    if (outcome === 'STALE_EPOCH') throw createStaleEpochError(name, epoch);
    if (outcome === 'LOST_WRITES') throw createLostWritesError(name, epoch);
    if (outcome === 'SUPERSEDED') {
      throw createStoreUnavailableError(
        { name, effect: 'write' },
        'was overtaken by a later write while Redis was away',
      );
    }
    if (sequence > this.#acknowledged.sequence) this.#acknowledged = { epoch, sequence };
  }

  #acknowledgedUnder(epoch: number): number {
    return this.#acknowledged.epoch === epoch ? this.#acknowledged.sequence : 0;
  }

  #eval(name: string, script: string, tables: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    const keys = [this.#keys.lease, ...tables];
    return this.#run({ name, effect: 'write' }, (redis) => redis.eval(script, keys.length, ...keys, ...args));
  }

  async #run<T>(operation: StoreOperation, send: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#state === 'CLOSED') throw new IllegalStateError(`${operation.name} was called on a closed head store.`);
    return this.#connection.run(operation, send);
  }
}

function toArguments(mutation: StoreMutation): ScriptArgument[] {
  const place = storeTables.indexOf(mutation.table) + 1;
  if (mutation.kind === 'delete') return ['delete', place, mutation.id];
  return ['put', place, mutation.id, Buffer.from(mutation.record)];
}
