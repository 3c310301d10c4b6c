import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdObjectFile, MappedObjectFile } from '../../../../../src/channel/index.js';
import { ObjectStoreFullError, sleep } from '../../../../../src/core/index.js';
import type { ObjectState } from '../../../../../worker/agent/object-store/object-record.js';
import { newObjectId, newWorkerId, ObjectStoreLab, type StoreNode } from '../../../../support/object-store-lab.js';

const MB = 1_000_000;
const OWNER = newWorkerId();

let lab: ObjectStoreLab;
let reader: ChildProcess | undefined;

beforeEach(() => {
  lab = new ObjectStoreLab();
});

afterEach(() => {
  reader?.kill('SIGKILL');
  reader = undefined;
  lab.close();
});

const bytesOf = (seed: number, size: number): Buffer => Buffer.alloc(size, `object ${seed} `);

/** Writes an object as a worker of the node does. */
async function write(node: StoreNode, seed: number, size: number, owner = OWNER): Promise<string> {
  const objectId = newObjectId();
  const { file } = await node.store.create({ objectId, ownerWorkerId: owner, size, isPrimary: true });
  writeFileSync(file!.path, Buffer.concat([bytesOf(seed, size), Buffer.alloc(file!.byteLength - size)]), {
    flag: 'r+',
  });
  node.store.seal(objectId, file!.path);
  return objectId;
}

/** 'intact', 'damaged', or why it can't be had. */
async function check(node: StoreNode, objectId: string, seed: number, size: number): Promise<string> {
  const located = await node.store.locate(objectId);
  if (located.kind !== 'here') return located.reason;
  return readFileSync(located.path).subarray(0, size).equals(bytesOf(seed, size)) ? 'intact' : 'damaged';
}

function stateOf(node: StoreNode, objectId: string): ObjectState | undefined {
  return [...node.store.records()].find((record) => record.objectId === objectId)?.state;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Starts another process that maps the object. */
async function startReader(node: StoreNode, objectId: string): Promise<ChildProcess> {
  const located = await node.store.locate(objectId);
  if (located.kind !== 'here') throw new Error(located.reason);
  const script = join(process.cwd(), 'test/support/object-reader.ts');
  const child = fork(script, [located.path], { execArgv: ['--import', 'tsx'] });
  reader = child;
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the reader ended')));
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return child;
}

describe('a freed object that another process has mapped', () => {
  it('keeps its bytes there, and its memory counts as used', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const objectId = await write(node, 1, 10 * MB);
    const process = await startReader(node, objectId);
    node.store.free([objectId]);
    for (let seed = 2; seed < 6; seed++) node.store.free([await write(node, seed, 10 * MB)]);
    process.send({});
    const [{ sum }] = await once(process, 'message');
    expect(sum).toBe(bytesOf(1, 10 * MB).reduce((total, byte) => total + byte, 0));
    expect(lab.fileNames().filter((name) => name.startsWith('idle'))).toHaveLength(2);
  });

  it('gives its memory back when that process is killed', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const objectId = await write(node, 1, 75 * MB);
    const process = await startReader(node, objectId);
    node.store.free([objectId]);
    const created = write(node, 2, 75 * MB);
    const first = await Promise.race([created, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]);
    expect(first).toBe('waits');
    process.kill('SIGKILL');
    expect(await check(node, await created, 2, 75 * MB)).toBe('intact');
  });
});

describe('an object that does not fit', () => {
  it('spills others to disk, and they come back with the same bytes', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const ids = [];
    for (let seed = 0; seed < 5; seed++) ids.push(await write(node, seed, 30 * MB));
    expect(node.store.used).toBeLessThanOrEqual(100 * MB);
    expect(stateOf(node, ids[0]!)).toBe('SPILLED');
    for (const [seed, objectId] of ids.entries()) {
      expect(await check(node, objectId, seed, 30 * MB)).toBe('intact');
    }
  });

  it('waits with many others, and all are written', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const ids = await Promise.all(seeds.map((seed) => write(node, seed, 25 * MB)));
    for (const seed of seeds) expect(await check(node, ids[seed]!, seed, 25 * MB)).toBe('intact');
  });

  it('does not spill what a process has mapped, and fails with who holds it when nothing comes free', async () => {
    const node = await lab.startNode({ capacity: 100 * MB, patienceMs: 50 });
    const objectId = await write(node, 1, 60 * MB);
    const located = await node.store.locate(objectId);
    const mapped = located.kind === 'here' && MappedObjectFile.open(located.path);
    const error = await write(node, 2, 60 * MB).catch((caught) => caught);
    expect(mapped).toBeInstanceOf(MappedObjectFile);
    expect(error).toBeInstanceOf(ObjectStoreFullError);
    expect(error.message).toMatch(/60\.0 MB does not fit .* 60\.0 MB of 100\.0 MB are used/);
    expect(error.message).toContain(`worker ${OWNER} (1 objects, 60.0 MB in memory)`);
    expect(error.message).toContain('--object-store-memory');
    expect(stateOf(node, objectId)).toBe('SEALED');
  });

  it('fails at once when it is larger than the store', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    await expect(write(node, 1, 101 * MB)).rejects.toBeInstanceOf(ObjectStoreFullError);
    expect(lab.fileNames()).toEqual([]);
  });

  it('takes nothing when its writer has stopped waiting', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const objectId = await write(node, 1, 60 * MB);
    const located = await node.store.locate(objectId);
    const mapped = located.kind === 'here' && MappedObjectFile.open(located.path);
    const object = { objectId: newObjectId(), ownerWorkerId: OWNER, size: 60 * MB, isPrimary: true };
    const abort = new AbortController();
    const created = node.store.create(object, { signal: abort.signal });
    abort.abort();
    await expect(created).rejects.toThrow(/aborted/);
    expect(mapped).toBeInstanceOf(MappedObjectFile);
    expect([...node.store.records()]).toHaveLength(1);
  });
});

describe('a spilled object', () => {
  const spillOne = async (node: StoreNode): Promise<{ objectId: string; diskPath: string }> => {
    const objectId = await write(node, 1, 60 * MB);
    await write(node, 2, 60 * MB);
    await until(() => stateOf(node, objectId) === 'SPILLED');
    return { objectId, diskPath: join(node.spillPath, readdirSync(node.spillPath)[0]!) };
  };

  it.each([
    ['missing', (path: string) => rmSync(path), /is missing/],
    ['too short', (path: string) => truncateSync(path, 1000), /is damaged: it has 1000 of 60000000 bytes/],
  ])('is lost, with its path and what is wrong, when its file is %s', async (_name, damage, message) => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const { objectId, diskPath } = await spillOne(node);
    damage(diskPath);
    await expect(node.store.openForReading(objectId)).rejects.toThrow(message);
    const reason = await check(node, objectId, 1, 60 * MB);
    expect(reason).toMatch(message);
    expect(reason).toContain(diskPath);
    expect(stateOf(node, objectId)).toBeUndefined();
  });

  it('leaves no file behind when it is freed', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const { objectId, diskPath } = await spillOne(node);
    node.store.free([objectId]);
    await until(() => !existsSync(diskPath));
    expect(node.store.spilled).toBe(0);
  });
});

describe('an unfinished object', () => {
  it('can not be sealed by a writer whose object was made anew', async () => {
    const node = await lab.startNode();
    const object = { objectId: newObjectId(), ownerWorkerId: OWNER, size: 1000, isPrimary: true };
    const first = await node.store.create(object);
    const second = await node.store.create(object);
    expect(() => node.store.seal(object.objectId, first.file!.path)).toThrow(/freed while it was written/);
    node.store.seal(object.objectId, second.file!.path);
    expect(stateOf(node, object.objectId)).toBe('SEALED');
  });

  it('keeps its file from others while its writer holds it, also when it is freed', async () => {
    const node = await lab.startNode();
    const object = { objectId: newObjectId(), ownerWorkerId: OWNER, size: 1 * MB, isPrimary: true };
    const { file } = await node.store.create(object);
    writeFileSync(file!.path, Buffer.alloc(file!.byteLength), { flag: 'r+' });
    expect(holdObjectFile(file!.path)).toBeDefined();
    const { ino } = statSync(file!.path);
    node.store.free([object.objectId]);
    const next = await node.store.create({ ...object, objectId: newObjectId() });
    expect(statSync(next.file!.path).ino).not.toBe(ino);
    expect(holdObjectFile(file!.path)).toBeUndefined();
  });

  it.each(['../../etc/passwd', '', 'AB'])('is refused for the id %p, which would be a file name', async (objectId) => {
    const node = await lab.startNode();
    const object = { objectId, ownerWorkerId: OWNER, size: 1000, isPrimary: true };
    await expect(node.store.create(object)).rejects.toThrow(/hexadecimal/);
  });
});

describe('the objects of a worker that is gone', () => {
  it('are freed, and no others', async () => {
    const node = await lab.startNode();
    const other = newWorkerId();
    await write(node, 1, 1 * MB);
    const kept = await write(node, 2, 1 * MB, other);
    node.store.releaseOwner(OWNER);
    expect([...node.store.records()].map(({ objectId }) => objectId)).toEqual([kept]);
  });
});

describe('a store that is closed', () => {
  it('leaves no file of its own, and those of other nodes alone', async () => {
    const node = await lab.startNode({ capacity: 100 * MB });
    const other = await lab.startNode();
    for (let seed = 0; seed < 3; seed++) await write(node, seed, 40 * MB);
    const kept = await write(other, 1, 1 * MB);
    node.stop();
    expect(lab.fileNames()).toEqual([`object-${kept}`]);
    expect(existsSync(node.spillPath)).toBe(false);
  });
});
