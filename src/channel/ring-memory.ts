import { IllegalStateError, InvalidArgumentError } from '../core/errors/index.js';
import { type Bell, createBell, openBell } from './bell.js';
import { EVENT_COUNT_WORDS, EventCount } from './event-count.js';
import {
  endState,
  HEADER_UNITS,
  RING_MAGIC,
  RING_VERSION,
  ringWord,
  toCapacityUnits,
  UNIT_BYTES,
} from './ring-layout.js';
import { SharedMemory } from './shared-memory.js';

/** The two ends of a ring. */
export type RingEnd = 'writer' | 'reader';

const stateWord = { writer: ringWord.writerState, reader: ringWord.readerState } as const;
const eventWord = { writer: ringWord.writerEvent, reader: ringWord.readerEvent } as const;

/** The named pipe that wakes an end when it waits in an event loop. */
export const bellPath = (ringPath: string, end: RingEnd): string => `${ringPath}.${end}-bell`;

const otherEnd = (end: RingEnd): RingEnd => (end === 'writer' ? 'reader' : 'writer');

/** A ring's segment, mapped for one of its ends: its words, its events, and who is there. */
export class RingMemory {
  readonly path: string;
  readonly capacityUnits: number;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  /** What this end waits on. */
  readonly ownEvent: EventCount;
  /** What the other end waits on. */
  readonly peerEvent: EventCount;
  readonly #segment: SharedMemory;
  readonly #end: RingEnd;
  readonly #peerBell: Bell;

  constructor(segment: SharedMemory, end: RingEnd, spinMicroseconds: number) {
    const buffer = segment.view(0, segment.byteLength);
    this.path = segment.path;
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.capacityUnits = requireRing(segment, this.words);
    this.#segment = segment;
    this.#end = end;
    this.#peerBell = openBell(bellPath(segment.path, otherEnd(end)));
    this.ownEvent = this.#openEvent(end, spinMicroseconds);
    this.peerEvent = this.#openEvent(otherEnd(end), 0, this.#peerBell);
  }

  /** @throws {IllegalStateError} when this end was attached before: a ring has one writer and one reader, once. */
  claim(): void {
    const before = Atomics.compareExchange(this.words, stateWord[this.#end], endState.absent, endState.attached);
    if (before === endState.absent) return;
    this.#peerBell.close();
    throw new IllegalStateError(`Ring ${this.path} already has its ${this.#end}. Create another ring for another one.`);
  }

  isPeerClosed(): boolean {
    return Atomics.load(this.words, stateWord[otherEnd(this.#end)]) === endState.closed;
  }

  /** Tells the other end that this one is gone. To be called once. */
  close(): void {
    Atomics.store(this.words, stateWord[this.#end], endState.closed);
    this.peerEvent.notifyAll();
    this.#peerBell.close();
    this.#segment.close();
  }

  #openEvent(end: RingEnd, spinMicroseconds: number, bell?: Bell): EventCount {
    const first = eventWord[end];
    const { address } = this.#segment.region(first * Int32Array.BYTES_PER_ELEMENT, UNIT_BYTES);
    return new EventCount(this.words.subarray(first, first + EVENT_COUNT_WORDS), address, spinMicroseconds, bell);
  }
}

function requireRing(segment: SharedMemory, words: Int32Array): number {
  if (Atomics.load(words, ringWord.magic) !== RING_MAGIC || words[ringWord.version] !== RING_VERSION) {
    throw new InvalidArgumentError(
      `Shared memory ${segment.path} holds no ring of this version of ray-ts. Its creator has not finished, or runs another version.`,
    );
  }
  const capacityUnits = words[ringWord.capacityUnits]!;
  if ((HEADER_UNITS + capacityUnits) * UNIT_BYTES !== segment.byteLength) {
    throw new InvalidArgumentError(
      `Ring ${segment.path} says that it has ${capacityUnits * UNIT_BYTES} bytes, but its file has ${segment.byteLength}.`,
    );
  }
  return capacityUnits;
}

export interface CreateRingOptions {
  /**
   * Bytes for frames in flight; a frame takes its payload and 64 bytes, both filled up to 64. Their memory is taken from
   * /dev/shm at once. To overlap writing with reading, make it at least two of the largest frames.
   */
  readonly capacityBytes: number;
}

/**
 * Makes an empty ring at `path` in /dev/shm, with two named pipes beside it; a process attaches each end after that.
 * @throws {InvalidArgumentError} when the path is taken or /dev/shm has no room.
 */
export function createRing(path: string, options: CreateRingOptions): void {
  const capacityUnits = toCapacityUnits(options.capacityBytes);
  const segment = SharedMemory.create(path, (HEADER_UNITS + capacityUnits) * UNIT_BYTES);
  try {
    createBell(bellPath(path, 'writer'));
    createBell(bellPath(path, 'reader'));
    const words = new Int32Array(segment.view(0, HEADER_UNITS * UNIT_BYTES));
    words[ringWord.version] = RING_VERSION;
    words[ringWord.capacityUnits] = capacityUnits;
    Atomics.store(words, ringWord.magic, RING_MAGIC);
  } catch (error) {
    removeRing(path);
    throw error;
  } finally {
    segment.close();
  }
}

/**
 * Removes a ring's files, if they are there. Attached ends go on working, so whoever attached last can do this at once
 * and nothing is left behind when the processes are killed.
 */
export function removeRing(path: string): void {
  for (const file of [path, bellPath(path, 'writer'), bellPath(path, 'reader')]) SharedMemory.remove(file);
}

/** Maps the ring at `path` and takes one of its ends. */
export function attachRing(path: string, end: RingEnd, spinMicroseconds: number): RingMemory {
  const memory = new RingMemory(SharedMemory.open(path, (HEADER_UNITS + 1) * UNIT_BYTES), end, spinMicroseconds);
  memory.claim();
  return memory;
}
