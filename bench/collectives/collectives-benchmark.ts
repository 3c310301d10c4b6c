/** `npm run bench -- collectives`: an all-reduce in shared memory, over gRPC on one host, and over links with a delay. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { summarize } from '../step/statistics.js';
import type { Algorithm, CollectiveSpec } from './collective-spec.js';
import { DelayingProxy } from './delaying-proxy.js';

const SIZES = [16, 128, 1024, 4096].map((kibibytes) => 1024 * kibibytes);
const DELAYS_MS = [0.2, 1, 5];
const SCRIPT = fileURLToPath(new URL('collective-rank.ts', import.meta.url));

export interface CollectivesOptions {
  readonly rounds: number;
}

/** A way for ranks to meet. */
interface Setup {
  /** By rank; ranks of equal ones share memory. */
  readonly hosts: string;
  readonly algorithm: Algorithm;
  /** Undefined connects them directly. */
  readonly delayMs?: number;
}

async function messageOf<Message>(rank: ChildProcess): Promise<Message> {
  const [message] = await once(rank, 'message');
  return message as Message;
}

/** @returns the microseconds of rank 0's all-reduces. */
async function measure({ hosts, algorithm, delayMs }: Setup, numBytes: number, rounds: number): Promise<number[]> {
  const layout = { size: hosts.length, partialSumBytes: numBytes, logitsBytes: 4 };
  const base = `/dev/shm/ray-ts-bench-${randomUUID()}`;
  const common = { hosts: [...hosts], layout, algorithm, numBytes, rounds, spinMicroseconds: 0, base };
  const ranks = common.hosts.map((_, rank) => {
    const spec: CollectiveSpec = { ...common, rank };
    // At the end every bridge loses its rank, which is no news here.
    const env = { ...process.env, RAY_TS_LOG_LEVEL: 'error' };
    return fork(SCRIPT, [JSON.stringify(spec)], { execArgv: ['--import', 'tsx'], env });
  });
  const proxy = delayMs === undefined ? undefined : new DelayingProxy(delayMs);
  try {
    const places = await Promise.all(ranks.map((rank) => messageOf<{ address: string }>(rank)));
    const addresses = await Promise.all(places.map(({ address }) => proxy?.open(address) ?? address));
    const measured = Promise.all(ranks.map((rank) => messageOf<{ microseconds: number[] }>(rank)));
    for (const rank of ranks) rank.send(addresses);
    return (await measured)[0]!.microseconds;
  } finally {
    for (const rank of ranks) rank.disconnect();
    proxy?.close();
  }
}

async function report(name: string, setup: Setup, rounds: number): Promise<void> {
  for (const numBytes of SIZES) {
    const { median, minimum } = summarize(await measure(setup, numBytes, rounds));
    const cells = [`${numBytes / 1024} KiB`, `median ${median.toFixed(0)} µs`, `least ${minimum.toFixed(0)} µs`];
    console.log(name.padEnd(54), ...cells.map((cell) => cell.padStart(18)));
  }
}

export async function runCollectivesBenchmark({ rounds }: CollectivesOptions): Promise<void> {
  const gather = { algorithm: 'all-gather' } as const;
  await report('2 ranks, shared memory', { ...gather, hosts: 'aa' }, rounds);
  await report('2 ranks, gRPC over loopback (disableCustomAllReduce)', { ...gather, hosts: 'ab' }, rounds);
  for (const delayMs of DELAYS_MS) {
    const link = `${delayMs} ms each way`;
    await report(`2 ranks, gRPC with ${link}, all-gather`, { ...gather, hosts: 'ab', delayMs }, rounds);
    await report(`4 ranks, gRPC with ${link}, all-gather`, { ...gather, hosts: 'abcd', delayMs }, rounds);
    await report(`4 ranks, gRPC with ${link}, ring`, { algorithm: 'ring', hosts: 'abcd', delayMs }, rounds);
  }
}
