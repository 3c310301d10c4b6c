import { statSync } from 'node:fs';
import { segmentPath } from '../../../../../src/channel/index.js';
import { decodeValue, encodeValueInPlace, type StoredObject } from '../../../../../src/rpc/index.js';
import type { ObjectStoreClient } from '../../../../../src/runtime/objects/object-store-client.js';
import { newObjectId, newWorkerId, ObjectStoreLab, type StoreNode } from '../../../../support/object-store-lab.js';

const OWNER = newWorkerId();

let lab: ObjectStoreLab;
let node: StoreNode;

beforeEach(async () => {
  lab = new ObjectStoreLab();
  node = await lab.startNode();
});

afterEach(() => lab.close());

async function openValue(client: ObjectStoreClient, objectId: string, stored: StoredObject): Promise<unknown> {
  const outcome = await client.open(objectId, OWNER, stored);
  if (outcome.kind === 'lost') throw new Error(outcome.reason);
  return decodeValue(outcome.value);
}

const patterned = (length: number): Float64Array => new Float64Array(length).map((_, index) => index * 1.25);

const values: [string, unknown][] = [
  ['a large typed array', patterned(300_000)],
  ['a value without arrays', { text: 'x'.repeat(200_000), list: [1, null, undefined] }],
  ['arrays of every alignment', [Uint8Array.of(1, 2, 3), BigInt64Array.of(-1n), Float32Array.of(0.5), patterned(5)]],
  ['empty arrays, also as the last one', { none: new Float64Array(0), some: patterned(40), last: new Uint8Array(0) }],
  ['thousands of small arrays', Array.from({ length: 3000 }, (_, index) => Int32Array.of(index, -index))],
];

describe.each(['local', 'remote'] as const)('the %s client', (kind) => {
  const connect = (): ObjectStoreClient => (kind === 'local' ? lab.localClient(node) : lab.remoteClient(node));

  it.each(values)('gives back %s', async (_name, value) => {
    const client = connect();
    const objectId = newObjectId();
    const stored = await client.put(objectId, OWNER, encodeValueInPlace(value));
    expect(stored.locations).toEqual([node.location]);
    expect(await openValue(client, objectId, stored)).toEqual(value);
  });

  it('keeps the references inside a value', async () => {
    const client = connect();
    const objectId = newObjectId();
    const references = [{ objectId: 'ab', owner: { workerId: 'cd', rpcAddress: 'host:1' }, storedBytes: 0 }];
    const stored = await client.put(objectId, OWNER, { ...encodeValueInPlace(patterned(20)), references });
    expect(await client.open(objectId, OWNER, stored)).toMatchObject({ kind: 'opened', value: { references } });
  });

  it('finds a freed object lost, and says where it was', async () => {
    const client = connect();
    const objectId = newObjectId();
    const stored = await client.put(objectId, OWNER, encodeValueInPlace(patterned(20)));
    await client.free(stored.locations, [objectId]);
    expect(await client.open(objectId, OWNER, stored)).toEqual({
      kind: 'lost',
      lost: [node.location],
      reason: expect.stringContaining(objectId),
    });
  });

  it('replaces an object that is made again', async () => {
    const client = connect();
    const objectId = newObjectId();
    await client.put(objectId, OWNER, encodeValueInPlace(patterned(20)));
    const stored = await client.put(objectId, OWNER, encodeValueInPlace('again'));
    expect(await openValue(client, objectId, stored)).toBe('again');
  });
});

describe('the local client', () => {
  it('hands out memory that its user may write to without anybody else seeing it', async () => {
    const client = lab.localClient(node);
    const objectId = newObjectId();
    const stored = await client.put(objectId, OWNER, encodeValueInPlace(patterned(2000)));
    const first = (await openValue(client, objectId, stored)) as Float64Array;
    first.fill(-1);
    expect(await openValue(client, objectId, stored)).toEqual(patterned(2000));
    expect(first[1999]).toBe(-1);
  });

  it('hands out memory that a transfer to a thread copies', async () => {
    const client = lab.localClient(node);
    const objectId = newObjectId();
    const stored = await client.put(objectId, OWNER, encodeValueInPlace(patterned(2000)));
    const { buffer } = (await openValue(client, objectId, stored)) as { buffer: ArrayBuffer };
    const copy = structuredClone(buffer, { transfer: [buffer] });
    expect(new Float64Array(copy)).toEqual(patterned(2000));
    expect(buffer.byteLength).toBe(16_000);
  });

  it('keeps an opened value unchanged when the object is freed and its room used again', async () => {
    const client = lab.localClient(node);
    const objectId = newObjectId();
    const stored = await client.put(objectId, OWNER, encodeValueInPlace(patterned(200_000)));
    const value = (await openValue(client, objectId, stored)) as Float64Array;
    await client.free(stored.locations, [objectId]);
    for (let round = 0; round < 3; round++) {
      const other = newObjectId();
      await client.put(other, OWNER, encodeValueInPlace(new Float64Array(200_000).fill(round)));
      await client.free([node.location], [other]);
    }
    expect(value).toEqual(patterned(200_000));
  });

  it('writes the next object of that size into the file of a freed one', async () => {
    const client = lab.localClient(node);
    const remote = lab.remoteClient(node);
    const inodes = new Set<number>();
    for (let round = 0; round < 4; round++) {
      const objectId = newObjectId();
      const array = new Uint8Array(20_000 - round).fill(round);
      const stored = await client.put(objectId, OWNER, encodeValueInPlace(array));
      expect(await openValue(remote, objectId, stored)).toEqual(array);
      const path = segmentPath(lab.clusterId, node.location.nodeId, `object-${objectId}`);
      inodes.add(statSync(path).ino);
      await client.free(stored.locations, [objectId]);
    }
    expect(inodes.size).toBe(1);
  });

  it('leaves nothing in the store when an array is transferred away before it is copied', async () => {
    const client = lab.localClient(node);
    const objectId = newObjectId();
    const array = patterned(100_000);
    const put = client.put(objectId, OWNER, encodeValueInPlace(array));
    const { buffer } = array as { buffer: ArrayBuffer };
    structuredClone(buffer, { transfer: [buffer] });
    await expect(put).rejects.toThrow(/transferred away/);
    expect([...node.store.records()]).toEqual([]);
  });
});

describe('between nodes', () => {
  it('opens an object of another node by a copy on its own, which stays', async () => {
    const other = await lab.startNode();
    const objectId = newObjectId();
    const stored = await lab.localClient(other).put(objectId, OWNER, encodeValueInPlace(patterned(500_000)));
    const client = lab.localClient(node);
    const outcome = await client.open(objectId, OWNER, stored);
    expect(outcome).toMatchObject({ kind: 'opened', copiedTo: node.location, lost: [] });
    other.stop();
    const both = { ...stored, locations: [other.location, node.location] };
    expect(await openValue(client, objectId, both)).toEqual(patterned(500_000));
  });
});
