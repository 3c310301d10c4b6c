import { statSync, writeFileSync } from 'node:fs';
import { SharedMemory } from '../../../../src/channel/shared-memory.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

const path = uniqueSharedMemoryPath();

afterEach(() => SharedMemory.remove(path));

describe('a new segment', () => {
  it('holds zeros and is for this user alone', () => {
    const segment = SharedMemory.create(path, 8192);
    expect(new Uint8Array(segment.view(0, 8192)).every((byte) => byte === 0)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is seen by whoever opens it', () => {
    const written = new Uint8Array(SharedMemory.create(path, 8192).view(4096, 4096));
    const read = new Uint8Array(SharedMemory.open(path, 8192).view(4096, 4096));
    written[7] = 42;
    expect(read[7]).toBe(42);
  });

  it('is not made where there is a file already', () => {
    writeFileSync(path, 'of someone else');
    expect(() => SharedMemory.create(path, 8192)).toThrow('EEXIST');
    expect(statSync(path).size).toBe(15);
  });

  it('is not made when /dev/shm has no room for it, and the error names the remedy', () => {
    expect(() => SharedMemory.create(path, 2 ** 45)).toThrow(/needs 35184372088832 bytes.*--shm-size/);
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('is not made outside of /dev/shm', () => {
    expect(() => SharedMemory.create('/dev/shm/../../tmp/ray-ts-test', 8192)).toThrow('must be a path in /dev/shm');
  });
});

describe('opening a segment', () => {
  it('tells when it was removed', () => {
    SharedMemory.create(path, 8192);
    SharedMemory.remove(path);
    expect(() => SharedMemory.open(path, 8192)).toThrow(expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' }));
  });

  it('tells when it is too short', () => {
    SharedMemory.create(path, 4096);
    expect(() => SharedMemory.open(path, 8192)).toThrow(/has 4096 bytes where at least 8192/);
  });
});

describe('views and regions', () => {
  it('are refused outside of the segment', () => {
    const segment = SharedMemory.create(path, 8192);
    expect(() => segment.view(4096, 4097)).toThrow('outside of shared memory');
    expect(() => segment.region(-1, 1)).toThrow('outside of shared memory');
  });

  it('name the same bytes', () => {
    const segment = SharedMemory.create(path, 8192);
    expect(segment.region(64, 64).address - segment.region(0, 64).address).toBe(64n);
  });

  it('stay valid after the segment is closed, which gives out no others', () => {
    const segment = SharedMemory.create(path, 8192);
    const view = new Uint8Array(segment.view(0, 8192));
    segment.close();
    view[0] = 1;
    expect(view[0]).toBe(1);
    expect(() => segment.view(0, 8192)).toThrow(expect.objectContaining({ code: 'RAY_ILLEGAL_STATE' }));
  });
});
