import { join } from 'node:path';
import type { TlsIdentity } from '../src/core/index.js';
import type { HeadStoreChoice } from './head-config.js';
import type { HeadStore } from './store/head-store.js';
import { openHeadStore } from './store/open-head-store.js';
import { findRedisServer } from './store/redis/find-redis-server.js';
import { LocalRedisServer } from './store/redis/local-redis-server.js';

export interface ChosenStore {
  readonly store: HeadStore;
  /** For people. */
  readonly description: string;
  /** Ends the redis-server that was started for the store; nothing for the others. Idempotent. */
  stopServer(): Promise<void>;
}

export interface ChooseStoreOptions {
  readonly choice: HeadStoreChoice;
  readonly clusterId: string;
  readonly sessionDirectory: string;
  /** The cluster's, for a Redis that is reached by TLS. */
  readonly tls?: TlsIdentity | undefined;
  /** Called when a redis-server of the head's own ends before it is told to. */
  readonly onServerExit: (reason: string) => void;
}

const noServer = async (): Promise<void> => undefined;

/** Opens the store that the user chose, or the best that this machine has. */
export async function openChosenStore(options: ChooseStoreOptions): Promise<ChosenStore> {
  const { choice, clusterId, sessionDirectory, tls } = options;
  if (choice.kind === 'redis') {
    const store = await openHeadStore({ kind: 'redis', url: choice.url, namespace: clusterId, tls });
    return { store, description: 'Redis', stopServer: noServer };
  }
  const executable = choice.kind === 'auto' ? findRedisServer() : undefined;
  if (executable) return openOwnRedis(executable, options);
  const store = await openHeadStore({ kind: 'embedded', directory: join(sessionDirectory, 'store') });
  return { store, description: 'embedded store (no redis-server on the PATH)', stopServer: noServer };
}

async function openOwnRedis(executable: string, options: ChooseStoreOptions): Promise<ChosenStore> {
  const directory = join(options.sessionDirectory, 'redis');
  const server = await LocalRedisServer.start({ executable, directory });
  let stopping = false;
  const stopServer = (): Promise<void> => {
    stopping = true;
    return server.stop();
  };
  void server.exited.then((reason) => {
    if (!stopping) options.onServerExit(`the head's redis-server ended: ${reason}`);
  });
  try {
    await server.waitReady();
    const store = await openHeadStore({ kind: 'redis', url: server.url, namespace: options.clusterId });
    return { store, description: 'Redis (a redis-server of its own)', stopServer };
  } catch (error) {
    await stopServer();
    throw error;
  }
}
