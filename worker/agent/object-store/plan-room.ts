/** What to do for room in a node's object store. Decisions only: nothing here touches a file. */
import type { ObjectFile, ObjectRecord } from './object-record.js';

/** Above this share of the capacity objects are spilled, so that the next ones find room (Ray's object_spilling_threshold). */
const SPILL_SHARE = 0.8;
/** A recycled file may be longer than its object by this factor and these bytes. */
const SPARE_EXCESS = 1.25;
const SPARE_EXCESS_BYTES = 64 * 1024;

/** The store's memory at one moment. Bytes. */
export interface RoomState {
  readonly capacity: number;
  /** From the one used longest ago to the one used last. */
  readonly records: Iterable<ObjectRecord>;
  /** Of the records' files. */
  readonly objectBytes: number;
  /** Of files of freed objects that some process still maps: nothing can be done about them. */
  readonly retiredBytes: number;
  /** Files of freed objects that nobody maps, the one freed longest ago first. */
  readonly spares: readonly ObjectFile[];
}

/** True when some process maps the object: its memory would not come free. Asked only about objects that are candidates. */
export type IsHeld = (record: ObjectRecord) => boolean;

export interface Victims {
  /** Their memory comes free at once: copies of other nodes' objects, and objects that are on disk already. */
  readonly evict: readonly ObjectRecord[];
  /** Their memory comes free when they are on disk. */
  readonly spill: readonly ObjectRecord[];
}

/** The next step towards a file for a new object. All but `create` and `reuse` lead to asking again. */
export type RoomStep =
  | { readonly kind: 'reuse'; readonly spare: ObjectFile }
  | { readonly kind: 'create' }
  | { readonly kind: 'drop'; readonly spare: ObjectFile }
  | { readonly kind: 'evict'; readonly records: readonly ObjectRecord[] }
  /** Room comes free later, by the spills that are begun here, by those under way, or by whoever lets go of objects. */
  | { readonly kind: 'wait'; readonly spill: readonly ObjectRecord[] }
  /** The object is larger than the whole store. */
  | { readonly kind: 'never' };

/** Memory that the store takes now. */
export function usedBytes({ objectBytes, retiredBytes, spares }: RoomState): number {
  return objectBytes + retiredBytes + sumBytes(spares);
}

/** An object that needs a file. */
export interface RoomRequest {
  /** Bytes. */
  readonly size: number;
  /** Of files that its writer still maps: to write one of them again costs a copy, any other its page faults too. */
  readonly warmInodes: readonly number[];
}

/** What to do next for an object. */
export function planRoom(state: RoomState, request: RoomRequest, isHeld: IsHeld): RoomStep {
  const { size } = request;
  if (size > state.capacity) return { kind: 'never' };
  const spare = chooseSpare(state.spares, request);
  if (spare !== undefined) return { kind: 'reuse', spare };
  const missing = usedBytes(state) + size - state.capacity;
  if (missing <= 0) return { kind: 'create' };
  const [oldest] = state.spares;
  if (oldest !== undefined) return { kind: 'drop', spare: oldest };
  const { evict, spill } = chooseVictims(state.records, missing, isHeld);
  return evict.length > 0 ? { kind: 'evict', records: evict } : { kind: 'wait', spill };
}

/** What to evict and spill so that the next object finds room; nothing below 80 % of the capacity. */
export function planRelief(state: RoomState, isHeld: IsHeld): Victims {
  const excess = state.objectBytes + state.retiredBytes - SPILL_SHARE * state.capacity;
  return excess <= 0 ? { evict: [], spill: [] } : chooseVictims(state.records, excess, isHeld);
}

/**
 * A spare that is long enough, and not so long that much of it would lie idle. Those that the writer maps come first, then
 * the shortest, then the one freed longest ago: its last writer may need it least.
 */
function chooseSpare(spares: readonly ObjectFile[], { size, warmInodes }: RoomRequest): ObjectFile | undefined {
  const longest = size * SPARE_EXCESS + SPARE_EXCESS_BYTES;
  const fitting = spares.filter(({ byteLength }) => byteLength >= size && byteLength <= longest);
  const warm = fitting.filter(({ inode }) => warmInodes.includes(inode));
  const [first, ...others] = warm.length > 0 ? warm : fitting;
  return others.reduce((best, spare) => (best && best.byteLength <= spare.byteLength ? best : spare), first);
}

/** Secondary copies first, then primary ones; in either those first that were used longest ago. Never what is held. */
function chooseVictims(records: Iterable<ObjectRecord>, bytes: number, isHeld: IsHeld): Victims {
  const all = [...records];
  let missing = bytes - sumBytes(all.filter(({ state }) => state === 'SPILLING').map(fileOf));
  const take = (isCandidate: (record: ObjectRecord) => boolean): ObjectRecord[] => {
    const taken: ObjectRecord[] = [];
    for (const record of all) {
      if (missing <= 0) break;
      if (record.state !== 'SEALED' || !isCandidate(record) || isHeld(record)) continue;
      taken.push(record);
      missing -= fileOf(record).byteLength;
    }
    return taken;
  };
  const evict = take((record) => !record.isPrimary || record.diskPath !== undefined);
  return { evict, spill: take((record) => record.isPrimary && record.diskPath === undefined) };
}

const fileOf = ({ file }: ObjectRecord): { readonly byteLength: number } => file ?? { byteLength: 0 };

const sumBytes = (files: readonly { readonly byteLength: number }[]): number =>
  files.reduce((sum, { byteLength }) => sum + byteLength, 0);
