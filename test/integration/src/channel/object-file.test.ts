import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import {
  holdObjectFile,
  isObjectFileHeld,
  MappedObjectFile,
  ObjectFileWriter,
  WarmMappings,
} from '../../../../src/channel/index.js';
import { InvalidArgumentError, ObjectStoreFullError } from '../../../../src/core/index.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

let path: string;
let warmMappings: WarmMappings;

beforeEach(() => {
  path = uniqueSharedMemoryPath();
  warmMappings = new WarmMappings();
  writeFileSync(path, '');
});

afterEach(() => {
  warmMappings.clear();
  rmSync(path, { force: true });
});

async function write(bytes: Uint8Array): Promise<void> {
  const writer = await ObjectFileWriter.open(path, bytes.byteLength, warmMappings);
  await writer.write(0, bytes, bytes.byteLength);
  writer.close();
}

describe('an object file', () => {
  it('is held while it is written, not after, although its mapping stays', async () => {
    const writer = await ObjectFileWriter.open(path, 5000, warmMappings);
    expect(isObjectFileHeld(path)).toBe(true);
    writer.close();
    expect(isObjectFileHeld(path)).toBe(false);
  });

  it('is held while it is mapped for reading', async () => {
    await write(Uint8Array.of(1, 2, 3));
    const mapped = MappedObjectFile.open(path);
    expect(isObjectFileHeld(path)).toBe(true);
    expect(mapped?.bytes(0, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('shows what is written through a mapping that was kept', async () => {
    await write(new Uint8Array(5000).fill(1));
    await write(new Uint8Array(5000).fill(2));
    expect(MappedObjectFile.open(path)?.bytes(0, 5000)).toEqual(new Uint8Array(5000).fill(2));
  });

  it('takes objects that need several pieces', async () => {
    const bytes = Buffer.alloc(150 * 1024 * 1024, 'pieces of an object ');
    await write(bytes);
    const mapped = MappedObjectFile.open(path)!.bytes(0, bytes.byteLength);
    expect(bytes.equals(mapped)).toBe(true);
  });

  it('can not be had when it is gone, or has become another', () => {
    renameSync(path, `${path}-renamed`);
    expect(holdObjectFile(path)).toBeUndefined();
    expect(MappedObjectFile.open(path)).toBeUndefined();
    expect(isObjectFileHeld(path)).toBe(false);
    expect(existsSync(path)).toBe(false);
    rmSync(`${path}-renamed`);
  });

  it('refuses views beyond its end', async () => {
    await write(Uint8Array.of(1, 2, 3));
    expect(() => MappedObjectFile.open(path)?.bytes(2, 2)).toThrow(InvalidArgumentError);
  });

  it('is refused with what to do when /dev/shm has no room for it', async () => {
    const opened = ObjectFileWriter.open(path, 2 ** 46, warmMappings);
    await expect(opened).rejects.toThrow(ObjectStoreFullError);
    await expect(opened).rejects.toThrow(/--shm-size/);
    expect(isObjectFileHeld(path)).toBe(false);
  });
});
