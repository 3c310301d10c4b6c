import { describeFullStore } from '../../../../../worker/agent/object-store/describe-full-store.js';
import type { ObjectRecord } from '../../../../../worker/agent/object-store/object-record.js';

const record = (objectId: string, ownerWorkerId: string, byteLength: number): ObjectRecord => ({
  objectId,
  ownerWorkerId,
  size: byteLength,
  isPrimary: true,
  state: 'SEALED',
  createdAtMs: 0,
  file: { path: `/${objectId}`, byteLength, inode: 1 },
  diskPath: undefined,
});

describe('describeFullStore', () => {
  const records = [record('1', 'aa', 1e9), record('2', 'bb', 3e9), record('3', 'aa', 1e9)];
  const state = { capacity: 6e9, records, objectBytes: 5e9, retiredBytes: 5e8, spares: [] };

  it('names what was asked for, what is used, and the owners of most of it', () => {
    const message = describeFullStore(state, 7e8, 'n1', undefined);
    expect(message).toContain('An object of 700.0 MB does not fit the object store of node n1: 5.50 GB of 6.00 GB');
    expect(message).toContain('500.0 MB of them by freed objects that processes still map');
    expect(message).toContain('worker bb (1 objects, 3.00 GB in memory), worker aa (2 objects, 2.00 GB in memory)');
    expect(message).toMatch(/--object-store-memory.*--shm-size/);
  });

  it('says why nothing can be spilled', () => {
    expect(describeFullStore(state, 7e8, 'n1', 'The disk is full.')).toContain("can't be spilled: The disk is full.");
  });
});
