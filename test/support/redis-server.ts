import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer } from '../../head/store/redis/find-redis-server.js';
import { LocalRedisServer } from '../../head/store/redis/local-redis-server.js';
import { eventually } from './eventually.js';
import { skipLoudly } from './skip-loudly.js';

/** The folder of the server's append-only files. */
const DATA = 'appendonlydir';

/** A real redis-server on a unix socket in a folder of its own, for one test file. It dies with the test process. */
export class TestRedisServer {
  readonly #executable: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'rayts-redis-'));
  #server: LocalRedisServer | undefined;

  constructor(executable: string) {
    this.#executable = executable;
  }

  get url(): string {
    return join(this.#directory, 'redis.sock');
  }

  /** Starts the server on the data that an earlier one left. */
  async start(): Promise<void> {
    this.#server = await LocalRedisServer.start({ executable: this.#executable, directory: this.#directory });
    await this.#server.waitReady();
  }

  /** Removes the data of a server that has ended: the next one is empty, as a Redis without a disk. */
  forget(): void {
    rmSync(join(this.#directory, DATA), { recursive: true, force: true });
  }

  /** Keeps a copy of the data as it is now. */
  save(): void {
    cpSync(join(this.#directory, DATA), join(this.#directory, 'saved'), { recursive: true });
  }

  /** Puts the copy in the place of the data of a server that has ended: the next one lacks what was written since. */
  restore(): void {
    this.forget();
    cpSync(join(this.#directory, 'saved'), join(this.#directory, DATA), { recursive: true });
  }

  /** Rows of a head's table, over all clusters. */
  async countRows(table: string): Promise<number> {
    const redis = new Redis(this.url);
    try {
      const keys = await redis.keys(`rayts:*:${table}`);
      const lengths = await Promise.all(keys.map((key) => redis.hlen(key)));
      return lengths.reduce((sum, length) => sum + length, 0);
    } finally {
      redis.disconnect();
    }
  }

  /** Makes this server a copy of another, and keeps it one until `promote`. Resolves when it has all that the other has. */
  async replicate(primary: TestRedisServer): Promise<void> {
    const port = await listenOnLoopback(primary.url);
    const redis = new Redis(this.url);
    try {
      await redis.replicaof('127.0.0.1', port);
      await eventually(
        'the replica is in step',
        async () => /master_link_status:up/.test(await redis.info('replication')) || undefined,
        { withinMs: 30_000 },
      );
    } finally {
      redis.disconnect();
    }
  }

  /** Resolves when a replica has what was written until now. */
  async waitForReplica(): Promise<void> {
    const redis = new Redis(this.url);
    try {
      if ((await redis.wait(1, 10_000)) < 1) throw new Error('no replica has followed');
    } finally {
      redis.disconnect();
    }
  }

  /** Puts a replica in charge. */
  async promote(): Promise<void> {
    const redis = new Redis(this.url);
    try {
      await redis.replicaof('NO', 'ONE');
    } finally {
      redis.disconnect();
    }
  }

  /** Resolves when the server has ended, after a test killed it. */
  get exited(): Promise<string> {
    if (this.#server === undefined) throw new Error('the server was not started');
    return this.#server.exited;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Has a server that listens on its socket alone listen on a free port too, which is the result. */
async function listenOnLoopback(url: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const redis = new Redis(url);
  try {
    await redis.config('SET', 'bind', '127.0.0.1', 'port', port);
  } finally {
    redis.disconnect();
  }
  return port;
}

/** The process id of the server behind a socket, as it says itself: ask before stopping it. */
export async function readRedisPid(url: string): Promise<number> {
  const redis = new Redis(url);
  const info = await redis.info('server');
  redis.disconnect();
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

/**
 * A describe block for tests that need a redis-server, given its path. Without one the suite is left out with a warning
 * that can't be overlooked, and fails where CI is set.
 */
export function describeWithRedis(name: string, body: (executable: string) => void): void {
  const executable = findRedisServer();
  if (executable !== undefined) {
    describe(name, () => body(executable));
    return;
  }
  skipLoudly(name, 'there is no redis-server on the PATH. Install it: apt-get install redis-server');
}
