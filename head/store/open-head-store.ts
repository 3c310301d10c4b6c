import { LmdbHeadStore } from './embedded/lmdb-head-store.js';
import type { HeadStore } from './head-store.js';
import { MemoryHeadStore } from './memory-head-store.js';
import { RedisHeadStore, type RedisHeadStoreOptions } from './redis/redis-head-store.js';

/** Which store the head uses. */
export type HeadStoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'embedded'; readonly directory: string; readonly writeTimeoutMs?: number }
  | ({ readonly kind: 'redis' } & RedisHeadStoreOptions);

/**
 * Opens the store and makes sure that it answers.
 *
 * @throws {StoreUnavailableError} when it does not, within its `writeTimeoutMs`.
 * @throws {InvalidArgumentError} for a bad address, namespace or login.
 */
export async function openHeadStore(config: HeadStoreConfig): Promise<HeadStore> {
  switch (config.kind) {
    case 'memory':
      return new MemoryHeadStore();
    case 'embedded':
      return new LmdbHeadStore(config);
    case 'redis':
      return openRedisHeadStore(new RedisHeadStore(config));
  }
}

async function openRedisHeadStore(store: RedisHeadStore): Promise<HeadStore> {
  try {
    await store.ready();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
