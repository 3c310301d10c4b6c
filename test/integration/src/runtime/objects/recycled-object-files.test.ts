import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentPath } from '../../../../../src/channel/index.js';
import { decodeValue, encodeValueInPlace } from '../../../../../src/rpc/index.js';
import type { ObjectStoreClient } from '../../../../../src/runtime/objects/object-store-client.js';
import { ProcessObjects } from '../../../../../src/runtime/objects/process-objects.js';
import { newObjectId, newWorkerId, ObjectStoreLab, type StoreNode } from '../../../../support/object-store-lab.js';
import { untilPasses } from '../../../../support/until-passes.js';

const SIZE = 1_000_000;
const OWNER = newWorkerId();

let lab: ObjectStoreLab;
let node: StoreNode;
let others: ChildProcess[];

beforeEach(async () => {
  lab = new ObjectStoreLab();
  node = await lab.startNode();
  others = [];
});

afterEach(() => {
  for (const other of others) other.kill('SIGKILL');
  lab.close();
});

const pathOf = (objectId: string): string => segmentPath(lab.clusterId, node.location.nodeId, `object-${objectId}`);
const inodeOf = (objectId: string): number => statSync(pathOf(objectId)).ino;

async function put(client: ObjectStoreClient, fill: number, size = SIZE): Promise<string> {
  const objectId = newObjectId();
  await client.put(objectId, OWNER, encodeValueInPlace(new Uint8Array(size).fill(fill)));
  return objectId;
}

const free = (client: ObjectStoreClient, ...objectIds: string[]): Promise<void> =>
  client.free([node.location], objectIds);

/** The one number that fills the object, as read without a mapping that would keep its file. */
async function fillOf(objectId: string, size = SIZE): Promise<number | undefined> {
  const stored = { size, locations: [node.location], references: [] };
  const outcome = await lab.remoteClient(node).open(objectId, OWNER, stored);
  if (outcome.kind === 'lost') throw new Error(outcome.reason);
  const array = decodeValue(outcome.value) as Uint8Array;
  return array.byteLength === size && array.every((byte) => byte === array[0]) ? array[0] : undefined;
}

/** Starts a script of test/support and waits for its first message. */
async function startOther(script: string, ...args: string[]): Promise<ChildProcess> {
  const child = fork(join(process.cwd(), 'test/support', script), args, { execArgv: ['--import', 'tsx'] });
  others.push(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended`)));
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return child;
}

describe('writers of one size, each with its mappings', () => {
  it('are given the files back that they wrote, whichever came free first', async () => {
    const [left, right] = [lab.localClient(node), lab.localClient(node)];
    let [ofLeft, ofRight] = [await put(left, 1), await put(right, 2)];
    const inodes = [ofLeft, ofRight].map(inodeOf);
    for (let round = 3; round < 6; round++) {
      await free(left, ofLeft, ofRight);
      [ofRight, ofLeft] = [await put(right, round), await put(left, 10 * round)];
      expect([ofLeft, ofRight].map(inodeOf)).toEqual(inodes);
      expect(await fillOf(ofRight)).toBe(round);
      expect(await fillOf(ofLeft)).toBe(10 * round);
    }
  });

  it('are given that of another when none of their own is free', async () => {
    const [left, right] = [lab.localClient(node), lab.localClient(node)];
    const ofLeft = await put(left, 1);
    const inode = inodeOf(ofLeft);
    await free(left, ofLeft);
    const ofRight = await put(right, 2);
    expect(inodeOf(ofRight)).toBe(inode);
    const next = await put(left, 3);
    expect(inodeOf(next)).not.toBe(inode);
    expect(await fillOf(ofRight)).toBe(2);
    expect(await fillOf(next)).toBe(3);
  });
});

describe('a process that puts, frees and puts', () => {
  it('writes the second object into the file of the first', async () => {
    const objects = new ProcessObjects({ workerId: OWNER });
    objects.connect({
      store: lab.localClient(node),
      address: () => 'nobody:1',
      openLine: () => {
        throw new Error('nobody borrows here');
      },
      isRefused: async () => true,
    });
    const first = await objects.put(new Uint8Array(SIZE).fill(1));
    const inode = inodeOf(first.id);
    objects.free([first]);
    const second = await objects.put(new Uint8Array(SIZE).fill(2));
    expect(inodeOf(second.id)).toBe(inode);
    expect(await fillOf(second.id)).toBe(2);
  });
});

describe('a freed file that another process reads', () => {
  it('is not given to its last writer, although that maps it, until the reader is killed', async () => {
    const client = lab.localClient(node);
    const objectId = await put(client, 1);
    const inode = inodeOf(objectId);
    const reader = await startOther('object-reader.ts', pathOf(objectId));
    const askSum = async (): Promise<number> => {
      reader.send({});
      const [{ sum }] = await once(reader, 'message');
      return sum;
    };
    const sum = await askSum();
    await free(client, objectId);
    for (let fill = 2; fill < 5; fill++) {
      const next = await put(client, fill);
      expect(inodeOf(next)).not.toBe(inode);
      await free(client, next);
    }
    expect(await askSum()).toBe(sum);
    reader.kill('SIGKILL');
    await untilPasses(async () => {
      const next = await put(client, 9);
      expect(inodeOf(next)).toBe(inode);
      expect(await fillOf(next)).toBe(9);
    });
  });
});

describe('the file of a writer that is killed', () => {
  it("is the next writer's once its owner is released", async () => {
    const object = { objectId: newObjectId(), ownerWorkerId: OWNER, size: SIZE, isPrimary: true };
    const { file } = await node.store.create(object);
    const writer = await startOther('object-writer.ts', file!.path, String(SIZE));
    node.store.releaseOwner(OWNER);
    const client = lab.localClient(node);
    const meanwhile = await put(client, 2, SIZE - 1_000);
    expect(inodeOf(meanwhile)).not.toBe(file!.inode);
    writer.kill('SIGKILL');
    await untilPasses(async () => {
      const next = await put(client, 3, SIZE - 1_000);
      expect(inodeOf(next)).toBe(file!.inode);
      expect(await fillOf(next, SIZE - 1_000)).toBe(3);
    });
  });
});

describe('a file that gives way to a larger object', () => {
  it('gives its memory back at once, although its last writer maps it', async () => {
    const small = await lab.startNode({ capacity: 50 * SIZE });
    const [client, other] = [lab.localClient(small), lab.localClient(small)];
    const array = new Uint8Array(10 * SIZE);
    const objectId = newObjectId();
    await client.put(objectId, OWNER, encodeValueInPlace(array));
    const fd = openSync(segmentPath(lab.clusterId, small.location.nodeId, `object-${objectId}`), 'r');
    try {
      await client.free([small.location], [objectId]);
      expect(fstatSync(fd).blocks * 512).toBeGreaterThan(array.byteLength);
      await other.put(newObjectId(), OWNER, encodeValueInPlace(new Uint8Array(45 * SIZE)));
      await untilPasses(() => expect(fstatSync(fd).blocks).toBe(0));
    } finally {
      closeSync(fd);
    }
  });
});
