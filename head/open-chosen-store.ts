import { join } from 'node:path';
import type { Logger, TlsIdentity } from '../src/core/index.js';
import type { HeadStoreChoice } from './head-config.js';
import type { HeadStore } from './store/head-store.js';
import { openHeadStore } from './store/open-head-store.js';
import { findRedisServer } from './store/redis/find-redis-server.js';
import { KeptRedisServer } from './store/redis/kept-redis-server.js';

export interface ChosenStore {
  readonly store: HeadStore;
  /** For people. */
  readonly description: string;
  /** Ends the redis-server that was started for the store; nothing for the others. Idempotent. */
  stopServer(): Promise<void>;
}

export interface ChooseStoreOptions {
  readonly choice: HeadStoreChoice;
  /** Keeps the records of clusters in one Redis apart. */
  readonly clusterName: string;
  readonly sessionDirectory: string;
  /** The cluster's, for a Redis that is reached by TLS. */
  readonly tls?: TlsIdentity | undefined;
  readonly logger: Logger;
}

const noServer = async (): Promise<void> => undefined;

/** Opens the store that the user chose, or the best that this machine has. */
export async function openChosenStore(options: ChooseStoreOptions): Promise<ChosenStore> {
  const { choice, clusterName, sessionDirectory, tls } = options;
  if (choice.kind === 'redis') {
    const store = await openHeadStore({ kind: 'redis', url: choice.url, namespace: clusterName, tls });
    return { store, description: 'Redis', stopServer: noServer };
  }
  const executable = choice.kind === 'auto' ? findRedisServer() : undefined;
  if (executable) return openOwnRedis(executable, options);
  const store = await openHeadStore({ kind: 'embedded', directory: join(sessionDirectory, 'store') });
  const why = choice.kind === 'auto' ? ' (no redis-server on the PATH)' : '';
  return { store, description: `embedded store${why}`, stopServer: noServer };
}

async function openOwnRedis(executable: string, options: ChooseStoreOptions): Promise<ChosenStore> {
  const directory = join(options.sessionDirectory, 'redis');
  const server = await KeptRedisServer.start({ executable, directory }, options.logger);
  const stopServer = (): Promise<void> => server.stop();
  try {
    const store = await openHeadStore({ kind: 'redis', url: server.url, namespace: options.clusterName });
    return { store, description: 'Redis (a redis-server of its own)', stopServer };
  } catch (error) {
    await stopServer();
    throw error;
  }
}
