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
  file: { path: `/${objectId}`, byteLength },
  diskPath: undefined,
  ...change,
});

const copy = (objectId: string, byteLength: number): ObjectRecord => sealed(objectId, byteLength, { isPrimary: false });

const spare = (path: string, byteLength: number) => ({ path, byteLength });

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
    expect(planRoom(stateWith([sealed('a', 40 * MB)]), 60 * MB, nobody)).toEqual({ kind: 'create' });
  });

  it('refuses for ever what is larger than the store', () => {
    expect(planRoom(stateWith([]), 100 * MB + 1, nobody)).toEqual({ kind: 'never' });
  });

  describe('with spares', () => {
    const spares = [spare('/long', 13 * MB), spare('/fits', 11 * MB), spare('/short', 9 * MB)];

    it('reuses the shortest one that is long enough', () => {
      expect(planRoom(stateWith([], { spares }), 10 * MB, nobody)).toEqual({ kind: 'reuse', spare: spares[1] });
    });

    it('reuses none of which much would lie idle', () => {
      expect(planRoom(stateWith([], { spares }), 5 * MB, nobody)).toEqual({ kind: 'create' });
    });

    it('gives up the oldest one when there is no room beside them', () => {
      expect(planRoom(stateWith([], { spares }), 80 * MB, nobody)).toEqual({ kind: 'drop', spare: spares[0] });
    });
  });

  describe('when the store is full', () => {
    it('evicts copies of other nodes, those first that were used longest ago, and no more than needed', () => {
      const records = [sealed('own', 40 * MB), copy('old', 20 * MB), copy('mid', 20 * MB), copy('new', 20 * MB)];
      expect(planRoom(stateWith(records), 30 * MB, nobody)).toEqual({
        kind: 'evict',
        records: [records[1], records[2]],
      });
    });

    it('evicts what is on disk already like a copy', () => {
      const records = [sealed('a', 50 * MB), sealed('b', 50 * MB, { diskPath: '/disk' })];
      expect(planRoom(stateWith(records), 30 * MB, nobody)).toEqual({ kind: 'evict', records: [records[1]] });
    });

    it('spills primary copies, the oldest first, when copies do not do', () => {
      const records = [sealed('a', 50 * MB), sealed('b', 50 * MB)];
      expect(planRoom(stateWith(records), 30 * MB, nobody)).toEqual({ kind: 'wait', spill: [records[0]] });
    });

    it('leaves alone what is held', () => {
      const records = [copy('c', 50 * MB), sealed('a', 25 * MB), sealed('b', 25 * MB)];
      const step = planRoom(stateWith(records), 30 * MB, holding('c', 'a'));
      expect(step).toEqual({ kind: 'wait', spill: [records[2]] });
    });

    it('spills no more while the spills under way will do', () => {
      const records = [sealed('a', 50 * MB, { state: 'SPILLING' }), sealed('b', 50 * MB)];
      expect(planRoom(stateWith(records), 30 * MB, nobody)).toEqual({ kind: 'wait', spill: [] });
    });

    it('can do nothing about objects that are being written, and files that readers still map', () => {
      const records = [sealed('a', 50 * MB, { state: 'CREATED' })];
      const state = stateWith(records, { retiredBytes: 50 * MB });
      expect(planRoom(state, 30 * MB, nobody)).toEqual({ kind: 'wait', spill: [] });
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
