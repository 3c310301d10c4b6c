import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { encodeValueInPlace, type ObjectLocation, type StoredObject } from '../../../../../src/rpc/index.js';
import { newObjectId, newWorkerId, ObjectStoreLab, type StoreNode } from '../../../../support/object-store-lab.js';

const OWNER = newWorkerId();
const NOWHERE: ObjectLocation = { nodeId: 'ff', agentAddress: '127.0.0.1:1' };

let lab: ObjectStoreLab;
let near: StoreNode;
let far: StoreNode;

beforeEach(async () => {
  lab = new ObjectStoreLab();
  near = await lab.startNode();
  far = await lab.startNode();
});

afterEach(() => lab.close());

const putFar = (objectId: string, numBytes: number): Promise<StoredObject> =>
  lab.localClient(far).put(objectId, OWNER, encodeValueInPlace(new Uint8Array(numBytes).fill(7)));

const fetchNear = (objectId: string, stored: StoredObject, sources: ObjectLocation[] = stored.locations) => {
  const store = lab.stores.at(near.location.agentAddress);
  return store.call('fetchObject', { objectId, ownerWorkerId: OWNER, size: stored.size, sources });
};

const listed = async (node: StoreNode) => {
  const { objects } = await lab.stores.at(node.location.agentAddress).call('listObjects', {});
  return objects.map(({ objectId, state, primary }) => ({ objectId, state, primary }));
};

describe('fetchObject', () => {
  it('brings a copy that is not the primary one', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 5_000_000);
    expect(await fetchNear(objectId, stored)).toMatchObject({ path: expect.stringContaining(objectId), lost: [] });
    expect(await listed(near)).toEqual([{ objectId, state: 'SEALED', primary: false }]);
    expect(await listed(far)).toEqual([{ objectId, state: 'SEALED', primary: true }]);
  });

  it('tries the sources in order, and names those that are lost', async () => {
    const empty = await lab.startNode();
    const objectId = newObjectId();
    const stored = await putFar(objectId, 100_000);
    const sources = [near.location, NOWHERE, empty.location, far.location];
    const { path, lost, reason } = await fetchNear(objectId, stored, sources);
    expect(path).toContain(objectId);
    expect(lost).toEqual([near.location, NOWHERE, empty.location]);
    expect(reason).toMatch(/127\.0\.0\.1:1 can't be reached.*does not have object/);
  });

  it('answers without a path when no source has the object, and leaves nothing', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 100_000);
    await lab.localClient(far).free(stored.locations, [objectId]);
    expect(await fetchNear(objectId, stored)).toMatchObject({ path: '', lost: [far.location] });
    expect(await listed(near)).toEqual([]);
  });

  it('transfers an object once for all who want it at a time', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 20_000_000);
    const fetched = await Promise.all(Array.from({ length: 5 }, () => fetchNear(objectId, stored)));
    expect(new Set(fetched.map(({ path }) => path)).size).toBe(1);
    expect(lab.fileNames()).toEqual([`object-${objectId}`, `object-${objectId}`]);
  });

  it('goes on to the next source when one breaks off midway, and leaves nothing when none is left', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 200_000_000);
    const fetched = fetchNear(objectId, stored);
    while ((await listed(near)).length === 0);
    far.stop();
    expect(await fetched).toMatchObject({ path: '', lost: [far.location] });
    expect(await listed(near)).toEqual([]);
    expect(lab.fileNames().filter((name) => name.startsWith('writing'))).toEqual([]);
  });

  it('waits for no source that the head calls dead', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 100_000);
    // It takes connections, and answers nothing.
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const vanished = { nodeId: 'ee', agentAddress: `127.0.0.1:${port}` };
    const connected = once(silent, 'connection') as Promise<[Socket]>;
    const fetched = fetchNear(objectId, stored, [vanished, far.location]);
    const [socket] = await connected;
    near.transfers.onNodeDied('ee');
    expect(await fetched).toMatchObject({
      path: expect.stringContaining(objectId),
      lost: [vanished],
      reason: expect.stringContaining('Node ee died.'),
    });
    socket.destroy();
    silent.close();
  });

  it('refuses an object that has not the size that its owner said', async () => {
    const objectId = newObjectId();
    const stored = await putFar(objectId, 100_000);
    const outcome = await fetchNear(objectId, { ...stored, size: stored.size - 1 });
    expect(outcome).toMatchObject({ path: '', reason: expect.stringContaining(`has ${stored.size} bytes there`) });
    expect(await listed(near)).toEqual([]);
  });
});

describe('readObject', () => {
  it('reads a spilled object from disk, without bringing it back to memory', async () => {
    const small = await lab.startNode({ capacity: 100_000_000 });
    const client = lab.localClient(small);
    const ids = [newObjectId(), newObjectId()];
    const array = new Float64Array(7_500_000).map((_, index) => index);
    const [first] = [await client.put(ids[0]!, OWNER, encodeValueInPlace(array))];
    await client.put(ids[1]!, OWNER, encodeValueInPlace(array));
    const outcome = await lab.remoteClient(near).open(ids[0]!, OWNER, first!);
    const bytes = outcome.kind === 'opened' ? outcome.value.segments[0]! : new Uint8Array();
    expect(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).equals(Buffer.from(array.buffer))).toBe(true);
    expect((await listed(small)).find(({ objectId }) => objectId === ids[0])?.state).toBe('SPILLED');
  });
});

describe('writeObject', () => {
  const object = { objectId: newObjectId(), ownerWorkerId: OWNER, size: 1_000 };

  it('leaves nothing of an object that breaks off', async () => {
    const stream = lab.stores.at(near.location.agentAddress).stream('writeObject');
    await stream.send({ object, chunk: new Uint8Array(600) });
    while ((await listed(near)).length === 0);
    stream.close(new Error('the writer is gone'));
    while ((await listed(near)).length > 0);
    expect(lab.fileNames().filter((name) => name.startsWith('writing'))).toEqual([]);
  });

  it.each([
    ['longer than it said', { object, chunk: new Uint8Array(1_001) }, /longer than the 1000 bytes/],
    ['that is not described', { chunk: new Uint8Array(10) }, /must describe the object/],
    ['without bytes', { object: { ...object, size: 0 } }, /must be a positive integer/],
  ])('refuses an object %s', async (_name, message, reason) => {
    const stream = lab.stores.at(near.location.agentAddress).stream('writeObject');
    const ended = new Promise((resolve) => stream.onEnd(resolve));
    stream.receive(() => undefined);
    await stream.send(message);
    expect(await ended).toMatchObject({ message: expect.stringMatching(reason) });
    expect(await listed(near)).toEqual([]);
  });
});
