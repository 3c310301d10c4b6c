import type { ObjectRecord } from '../../../../../worker/agent/object-store/object-record.js';
import { planRelief, planRoom, type RoomState } from '../../../../../worker/agent/object-store/plan-room.js';

const MB = 1_000_000;

const sealed = (objectId: string, byteLength: number, change: Partial<ObjectRecord> = {}): ObjectRecord => ({
  objectId,
  ownerWorkerId: 'aa',
  size: byteLength,
  isPrimary: true,
  state: 'SEALED',
  createdAtMs: 0,
  file: { path: `/${objectId}`, byteLength, inode: 1 },
  diskPath: undefined,
  ...change,
});

const copy = (objectId: string, byteLength: number): ObjectRecord => sealed(objectId, byteLength, { isPrimary: false });

const spare = (path: string, byteLength: number, inode = 1) => ({ path, byteLength, inode });

const request = (size: number, ...warmInodes: number[]) => ({ size, warmInodes });

function stateWith(records: readonly ObjectRecord[], change: Partial<RoomState> = {}): RoomState {
  const objectBytes = records.reduce((sum, { file }) => sum + (file?.byteLength ?? 0), 0);
  return { capacity: 100 * MB, records, objectBytes, retiredBytes: 0, spares: [], ...change };
}

const nobody = (): boolean => false;
const holding =
  (...ids: string[]) =>
  ({ objectId }: ObjectRecord): boolean =>
    ids.includes(objectId);

describe('planRoom', () => {
  it('makes a file while there is room', () => {
    expect(planRoom(stateWith([sealed('a', 40 * MB)]), request(60 * MB), nobody)).toEqual({ kind: 'create' });
  });

  it('refuses for ever what is larger than the store', () => {
    expect(planRoom(stateWith([]), request(100 * MB + 1), nobody)).toEqual({ kind: 'never' });
  });

  describe('with spares', () => {
    const spares = [spare('/long', 13 * MB), spare('/fits', 11 * MB), spare('/short', 9 * MB)];

    it('reuses the shortest one that is long enough', () => {
      expect(planRoom(stateWith([], { spares }), request(10 * MB), nobody)).toEqual({
        kind: 'reuse',
        spare: spares[1],
      });
    });

    it('reuses none of which much would lie idle', () => {
      expect(planRoom(stateWith([], { spares }), request(5 * MB), nobody)).toEqual({ kind: 'create' });
    });

    it('prefers one that the writer maps, the shortest of those, to any other', () => {
      const mixed = [
        spare('/a', 11 * MB, 7),
        spare('/b', 10 * MB, 8),
        spare('/c', 12 * MB, 9),
        spare('/d', 12 * MB, 10),
      ];
      expect(planRoom(stateWith([], { spares: mixed }), request(10 * MB, 10, 9), nobody)).toEqual({
        kind: 'reuse',
        spare: mixed[2],
      });
    });

    it('lets a writer that maps none have the one freed longest ago of the shortest', () => {
      const alike = [spare('/long', 12 * MB, 7), spare('/older', 10 * MB, 8), spare('/newer', 10 * MB, 9)];
      const step = planRoom(stateWith([], { spares: alike }), request(10 * MB, 99), nobody);
      expect(step).toEqual({ kind: 'reuse', spare: alike[1] });
    });

    it('reuses none that the writer maps when it is too short, or much of it would lie idle', () => {
      const mapped = [spare('/long', 13 * MB, 7), spare('/short', 9 * MB, 8)];
      expect(planRoom(stateWith([], { spares: mapped }), request(10 * MB, 7, 8), nobody)).toEqual({ kind: 'create' });
    });

    it('gives up the oldest one when there is no room beside them', () => {
      expect(planRoom(stateWith([], { spares }), request(80 * MB), nobody)).toEqual({ kind: 'drop', spare: spares[0] });
    });
  });

  describe('when the store is full', () => {
    it('evicts copies of other nodes, those first that were used longest ago, and no more than needed', () => {
      const records = [sealed('own', 40 * MB), copy('old', 20 * MB), copy('mid', 20 * MB), copy('new', 20 * MB)];
      expect(planRoom(stateWith(records), request(30 * MB), nobody)).toEqual({
        kind: 'evict',
        records: [records[1], records[2]],
      });
    });

    it('evicts what is on disk already like a copy', () => {
      const records = [sealed('a', 50 * MB), sealed('b', 50 * MB, { diskPath: '/disk' })];
      expect(planRoom(stateWith(records), request(30 * MB), nobody)).toEqual({ kind: 'evict', records: [records[1]] });
    });

    it('spills primary copies, the oldest first, when copies do not do', () => {
      const records = [sealed('a', 50 * MB), sealed('b', 50 * MB)];
      expect(planRoom(stateWith(records), request(30 * MB), nobody)).toEqual({ kind: 'wait', spill: [records[0]] });
    });

    it('leaves alone what is held', () => {
      const records = [copy('c', 50 * MB), sealed('a', 25 * MB), sealed('b', 25 * MB)];
      const step = planRoom(stateWith(records), request(30 * MB), holding('c', 'a'));
      expect(step).toEqual({ kind: 'wait', spill: [records[2]] });
    });

    it('spills no more while the spills under way will do', () => {
      const records = [sealed('a', 50 * MB, { state: 'SPILLING' }), sealed('b', 50 * MB)];
      expect(planRoom(stateWith(records), request(30 * MB), nobody)).toEqual({ kind: 'wait', spill: [] });
    });

    it('can do nothing about objects that are being written, and files that readers still map', () => {
      const records = [sealed('a', 50 * MB, { state: 'CREATED' })];
      const state = stateWith(records, { retiredBytes: 50 * MB });
      expect(planRoom(state, request(30 * MB), nobody)).toEqual({ kind: 'wait', spill: [] });
    });
  });
});

describe('planRelief', () => {
  it('does nothing up to 80 % of the capacity, spares not counted', () => {
    const state = stateWith([sealed('a', 80 * MB)], { spares: [spare('/s', 20 * MB)] });
    expect(planRelief(state, nobody)).toEqual({ evict: [], spill: [] });
  });

  it('evicts first, and spills what is above 80 % then', () => {
    const records = [sealed('a', 30 * MB), sealed('b', 55 * MB), copy('c', 4 * MB)];
    expect(planRelief(stateWith(records), nobody)).toEqual({ evict: [records[2]], spill: [records[0]] });
  });
});
