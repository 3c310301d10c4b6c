import { InvalidArgumentError } from '../core/errors/index.js';

/**
 * How a ring lies in shared memory. Everything is counted in units of a cache line, which is also a payload's alignment:
 *
 *     [ header: 16 units | data: capacityUnits units ]
 *     a frame in the data: [ frame header: 1 unit | payload, filled up to whole units ]
 *
 * A frame is never split, so that its payload is one view. Where it doesn't fit before the end of the data, a skip takes
 * the rest and the frame begins at the start. Positions count the units ever written or freed, modulo 2^32.
 */
export const UNIT_BYTES = 64;
export const WORDS_PER_UNIT = UNIT_BYTES / Int32Array.BYTES_PER_ELEMENT;
export const HEADER_UNITS = 16;

export const RING_MAGIC = 0x52696e67;
export const RING_VERSION = 1;

/** Index of each int32 of the header. What different processes write is two cache lines apart, as CPUs fetch pairs. */
export const ringWord = {
  /** Stored last by the creator. */
  magic: 0,
  version: 1,
  capacityUnits: 2,
  writtenPosition: 32,
  writerState: 33,
  freedPosition: 64,
  readerState: 65,
  /** Event count that the reader waits on. */
  readerEvent: 96,
  /** Event count that the writer waits on. */
  writerEvent: 128,
} as const;

/** Values of writerState and readerState. */
export const endState = { absent: 0, attached: 1, closed: 2 } as const;

/** Index of each int32 of a frame header, which is one unit. */
export const frameWord = {
  kind: 0,
  payloadBytes: 1,
  tag: 2,
  dtype: 3,
  numDims: 4,
  firstDim: 5,
} as const;

/** Index of the frame's sequence among the float64s of its header: a double counts on where 32 bits would wrap. */
export const SEQUENCE_DOUBLE = 5;
export const DOUBLES_PER_UNIT = UNIT_BYTES / Float64Array.BYTES_PER_ELEMENT;

export const frameKind = { frame: 1, skip: 2 } as const;

/** Rings stay below the 4 GiB that one view can have. */
const MAX_CAPACITY_BYTES = 2 ** 32 - (HEADER_UNITS + 1) * UNIT_BYTES;

/** Units that a frame takes, with its header. */
export const frameUnits = (payloadBytes: number): number => 1 + Math.ceil(payloadBytes / UNIT_BYTES);

/** The largest payload that a ring can carry. */
export const maxPayloadBytes = (capacityUnits: number): number => (capacityUnits - 1) * UNIT_BYTES;

/** @throws {InvalidArgumentError} for a capacity that is not between 128 bytes and 4 GiB. */
export function toCapacityUnits(capacityBytes: number): number {
  if (!Number.isInteger(capacityBytes) || capacityBytes < 2 * UNIT_BYTES || capacityBytes > MAX_CAPACITY_BYTES) {
    throw new InvalidArgumentError(
      `A ring's capacityBytes must be an integer from ${2 * UNIT_BYTES} to ${MAX_CAPACITY_BYTES}, got ${capacityBytes}.`,
    );
  }
  return Math.floor(capacityBytes / UNIT_BYTES);
}

/** What the writer does next at its position: the frame, or the skip that brings it to the start of the data. */
export interface NextWrite {
  readonly kind: 'frame' | 'skip';
  /** Units that must be free for it. */
  readonly units: number;
}

/** `position` counts the units ever written; `units` is the frame's size, at most `capacityUnits`. */
export function planWrite(position: number, capacityUnits: number, units: number): NextWrite {
  const unitsToEnd = capacityUnits - (position % capacityUnits);
  return units <= unitsToEnd ? { kind: 'frame', units } : { kind: 'skip', units: unitsToEnd };
}

/** Units between two positions, of which `later` was reached at most 2^32 units after `earlier`. */
export const unitsBetween = (earlier: number, later: number): number => (later - earlier) >>> 0;
