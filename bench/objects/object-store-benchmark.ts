/** `npm run bench -- objects`: puts and gets of large arrays through a store in another process, beside a bare memory copy. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createClusterId, createNodeId } from '../../src/core/index.js';
import { decodeValue, encodeValueInPlace, type ObjectLocation, type StoredObject } from '../../src/rpc/index.js';
import { createLocalObjectStoreClient } from '../../src/runtime/objects/local-object-store-client.js';
import type { ObjectStoreClient } from '../../src/runtime/objects/object-store-client.js';
import { createRemoteObjectStoreClient } from '../../src/runtime/objects/remote-object-store-client.js';

const MB = 1_000_000;
const WORKER_ID = '00'.repeat(14);
const credentials = { token: 'benchmark' };

export interface ObjectBenchmarkOptions {
  readonly rounds: number;
  readonly megabytes: readonly number[];
}

interface StoreProcess {
  readonly location: ObjectLocation;
  stop(): void;
}

export async function runObjectBenchmark({ rounds, megabytes }: ObjectBenchmarkOptions): Promise<void> {
  const clusterId = createClusterId();
  const [node, other] = [await startStore(clusterId), await startStore(clusterId)];
  const client = createLocalObjectStoreClient({ clusterId, node: node.location, credentials });
  const otherClient = createLocalObjectStoreClient({ clusterId, node: other.location, credentials });
  const remote = createRemoteObjectStoreClient({ node: node.location, credentials });
  try {
    for (const size of megabytes) {
      console.log(`\n${size} MB, ${rounds} rounds: milliseconds first | median of the others (GB/s)`);
      const array = new Float64Array((size * MB) / 8).fill(1.5);
      const copies = copyTimes(array, rounds);
      report('memory copy, warm', copies, size);
      const puts = await putTimes(client, array, rounds);
      report('put', puts, size);
      console.log(
        `  ${((100 * medianOfOthers(copies)) / medianOfOthers(puts)).toFixed(0)} % of the rate of the memory copy`,
      );
      const stored = await client.put(objectId(0), WORKER_ID, encodeValueInPlace(array));
      report('get, same host', await getTimes(client, stored, rounds), undefined);
      report('get, from another node', await fetchTimes(otherClient, stored, other.location, rounds), size);
      report('put without a store', await putTimes(remote, array, rounds), size);
      report('get without a store', await getTimes(remote, stored, rounds), size);
      await client.free([node.location], [objectId(0)]);
    }
  } finally {
    for (const each of [client, otherClient, remote]) each.close();
    node.stop();
    other.stop();
  }
}

let numObjects = 0;
const objectId = (index: number): string => WORKER_ID + index.toString(16).padStart(8, '0');
const nextObjectId = (): string => objectId(++numObjects);

async function startStore(clusterId: string): Promise<StoreProcess> {
  const nodeId = createNodeId();
  const script = fileURLToPath(new URL('object-store-process.ts', import.meta.url));
  const child = fork(script, [clusterId, nodeId, credentials.token], { execArgv: ['--import', 'tsx'] });
  const [port] = await once(child, 'message');
  return { location: { nodeId, agentAddress: `127.0.0.1:${port}` }, stop: () => child.disconnect() };
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function copyTimes(array: Float64Array, rounds: number): number[] {
  const target = new Float64Array(array.length).fill(0);
  return Array.from({ length: rounds + 1 }, () => {
    const start = performance.now();
    target.set(array);
    return performance.now() - start;
  });
}

async function putTimes(client: ObjectStoreClient, array: Float64Array, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const id = nextObjectId();
    let stored: StoredObject | undefined;
    times.push(
      await timed(async () => {
        stored = await client.put(id, WORKER_ID, encodeValueInPlace(array));
      }),
    );
    await client.free(stored!.locations, [id]);
  }
  return times;
}

async function openArray(client: ObjectStoreClient, stored: StoredObject): Promise<Float64Array> {
  const outcome = await client.open(objectId(0), WORKER_ID, stored);
  if (outcome.kind === 'lost') throw new Error(outcome.reason);
  return decodeValue(outcome.value) as Float64Array;
}

async function getTimes(client: ObjectStoreClient, stored: StoredObject, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) times.push(await timed(() => openArray(client, stored)));
  return times;
}

async function fetchTimes(
  client: ObjectStoreClient,
  stored: StoredObject,
  own: ObjectLocation,
  rounds: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    times.push(await timed(() => openArray(client, stored)));
    await client.free([own], [objectId(0)]);
  }
  return times;
}

const medianOfOthers = ([, ...others]: readonly number[]): number =>
  others.toSorted((left, right) => left - right)[others.length >> 1]!;

function report(name: string, times: readonly number[], megabytes: number | undefined): void {
  const [first] = times;
  const median = medianOfOthers(times);
  const rate = megabytes === undefined ? '' : ` (${(megabytes / median).toFixed(2)} GB/s)`;
  console.log(`${name.padEnd(28)} ${first!.toFixed(2).padStart(9)} | ${median.toFixed(2).padStart(9)}${rate}`);
}
