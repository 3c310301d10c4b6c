import { type Transitions, transition } from '../../../src/core/index.js';

/**
 * A node's copy of an object:
 *
 *   CREATED ─► SEALED ─► SPILLING ─► SPILLED ─► RESTORING ─► SEALED
 *
 * A spill that fails, and one of an object that somebody came to read meanwhile, leads back to SEALED; a restore that
 * fails leads back to SPILLED. An object that is on disk already goes from SEALED to SPILLED at once. Freed objects have no
 * state: their record is gone.
 */
export type ObjectState = 'CREATED' | 'SEALED' | 'SPILLING' | 'SPILLED' | 'RESTORING';

const transitions: Transitions<ObjectState> = {
  CREATED: ['SEALED'],
  SEALED: ['SPILLING', 'SPILLED'],
  SPILLING: ['SPILLED', 'SEALED'],
  SPILLED: ['RESTORING'],
  RESTORING: ['SEALED', 'SPILLED'],
};

/** A file in /dev/shm, with the memory that it takes. */
export interface ObjectFile {
  readonly path: string;
  /** At least the object's size: a recycled file may be longer. */
  readonly byteLength: number;
  /** What a process that has mapped the file knows it by: its path changes. */
  readonly inode: number;
}

export interface ObjectRecord {
  readonly objectId: string;
  readonly ownerWorkerId: string;
  /** Bytes of the object. */
  readonly size: number;
  /** False for a copy of an object of another node, which may be given up: it can be had from there again. */
  readonly isPrimary: boolean;
  readonly state: ObjectState;
  /** By the store's clock. */
  readonly createdAtMs: number;
  /** In memory: being written when CREATED or RESTORING, undefined when SPILLED. */
  readonly file: ObjectFile | undefined;
  /** Its copy on disk, which stays until the object is freed. */
  readonly diskPath: string | undefined;
}

/**
 * The record in its next state.
 * @throws {InternalError} when the state may not follow.
 */
export function moveTo(
  record: ObjectRecord,
  state: ObjectState,
  change: Partial<Pick<ObjectRecord, 'file' | 'diskPath'>> = {},
): ObjectRecord {
  return { ...record, ...change, state: transition(transitions, 'Object', record.objectId, record.state, state) };
}
