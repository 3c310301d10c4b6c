import { ChannelClosedError, InvalidArgumentError, invariant } from '../core/errors/index.js';
import { EVENT_COUNT_WORDS, EventCount } from './event-count.js';
import { SharedMemory } from './shared-memory.js';
import { DEFAULT_SPIN_MICROSECONDS } from './spin-time.js';
import type { MemoryRegion, TensorParallelGroup, TensorParallelLayout } from './tensor-parallel-group.js';
import {
  formatLayout,
  GROUP_HEADER_BYTES,
  groupBytes,
  logitsOffset,
  partialSumOffset,
  requireValidLayout,
} from './tensor-parallel-layout.js';

const GROUP_MAGIC = 0x54706770;
const GROUP_VERSION = 2;

/** Index of each int32 of the header; what the barrier writes lies on cache lines of its own. */
const groupWord = {
  magic: 0,
  version: 1,
  size: 2,
  partialSumBytes: 3,
  logitsBytes: 4,
  numLocalRanks: 5,
  state: 32,
  numArrived: 64,
  /** Barriers passed so far, modulo 2^32. */
  generation: 96,
  event: 128,
} as const;

/** Values of the state word. */
const groupState = { open: 0, closed: 1 } as const;

export interface CreateTensorParallelGroupOptions {
  /** How many of the ranks attach to this segment and meet at its barrier; default all. */
  readonly numLocalRanks?: number;
}

export interface TensorParallelGroupOptions {
  /** How long a rank spins at the barrier before it sleeps; default 50. 0 where more ranks than cores share the host. */
  readonly spinMicroseconds?: number;
  /** Asked at least every 100 ms of a barrier; true closes the group, so that no rank waits for one that is gone. */
  readonly isAborted?: () => boolean;
}

class SharedMemoryGroup implements TensorParallelGroup {
  readonly size: number;
  readonly #segment: SharedMemory;
  readonly #layout: TensorParallelLayout;
  readonly #words: Int32Array;
  readonly #numLocalRanks: number;
  readonly #event: EventCount;
  readonly #isAborted: (() => boolean) | undefined;

  constructor(segment: SharedMemory, layout: TensorParallelLayout, options: TensorParallelGroupOptions) {
    this.size = layout.size;
    this.#segment = segment;
    this.#layout = layout;
    this.#words = headerOf(segment);
    this.#numLocalRanks = this.#words[groupWord.numLocalRanks]!;
    this.#isAborted = options.isAborted;
    const eventBytes = EVENT_COUNT_WORDS * Int32Array.BYTES_PER_ELEMENT;
    const { address } = segment.region(groupWord.event * Int32Array.BYTES_PER_ELEMENT, eventBytes);
    const words = this.#words.subarray(groupWord.event, groupWord.event + EVENT_COUNT_WORDS);
    this.#event = new EventCount(words, address, options.spinMicroseconds ?? DEFAULT_SPIN_MICROSECONDS);
  }

  partialSums(buffer: 0 | 1, rank: number): MemoryRegion {
    this.#requireRank(rank);
    return this.#segment.region(partialSumOffset(this.#layout, buffer, rank), this.#layout.partialSumBytes);
  }

  logits(rank: number): MemoryRegion {
    this.#requireRank(rank);
    return this.#segment.region(logitsOffset(this.#layout, rank), this.#layout.logitsBytes);
  }

  exchangePartialSums(): void {
    this.barrier();
  }

  exchangeLogits(): void {
    this.barrier();
  }

  // The generation is read before this rank arrives, because the last arrival may come at once after that. The last one
  // empties the count before it lets the others go, because they may arrive at the next barrier at once after that.
  barrier(): void {
    if (this.#isClosed()) throw this.#closedError();
    const generation = Atomics.load(this.#words, groupWord.generation);
    const numArrived = Atomics.add(this.#words, groupWord.numArrived, 1) + 1;
    if (numArrived === this.#numLocalRanks) {
      Atomics.store(this.#words, groupWord.numArrived, 0);
      Atomics.add(this.#words, groupWord.generation, 1);
      this.#event.notify();
      return;
    }
    const isReleased = () => Atomics.load(this.#words, groupWord.generation) !== generation;
    this.#awaitRelease(isReleased);
    if (!isReleased()) throw this.#closedError();
  }

  close(): void {
    Atomics.store(this.#words, groupWord.state, groupState.closed);
    this.#event.notifyAll();
  }

  #awaitRelease(isReleased: () => boolean): void {
    try {
      this.#event.waitUntil(() => isReleased() || this.#isClosed(), Number.POSITIVE_INFINITY, this.#isAborted);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #isClosed(): boolean {
    return Atomics.load(this.#words, groupWord.state) === groupState.closed;
  }

  #closedError(): ChannelClosedError {
    return new ChannelClosedError(`A rank of tensor-parallel group ${this.#segment.path} closed it or is gone.`);
  }

  #requireRank(rank: number): void {
    if (Number.isInteger(rank) && rank >= 0 && rank < this.size) return;
    throw new InvalidArgumentError(`Rank ${rank} is not in a tensor-parallel group of ${this.size}.`);
  }
}

const headerOf = (segment: SharedMemory): Int32Array => new Int32Array(segment.view(0, GROUP_HEADER_BYTES));

/**
 * Makes the group's segment at `path` in /dev/shm, zeroed, and joins it: the host's first rank does this, the others attach after it.
 * The caller removes it with {@link removeTensorParallelGroup}, at the earliest when all ranks are attached.
 * @throws {InvalidArgumentError} when the path is taken or /dev/shm has no room.
 */
export function createTensorParallelGroup(
  path: string,
  layout: TensorParallelLayout,
  options: TensorParallelGroupOptions & CreateTensorParallelGroupOptions = {},
): TensorParallelGroup {
  requireValidLayout(layout);
  const numLocalRanks = options.numLocalRanks ?? layout.size;
  invariant(numLocalRanks >= 1 && numLocalRanks <= layout.size, 'from one to all ranks of a group share a segment');
  const segment = SharedMemory.create(path, groupBytes(layout));
  const words = headerOf(segment);
  words[groupWord.version] = GROUP_VERSION;
  words[groupWord.size] = layout.size;
  words[groupWord.partialSumBytes] = layout.partialSumBytes;
  words[groupWord.logitsBytes] = layout.logitsBytes;
  words[groupWord.numLocalRanks] = numLocalRanks;
  Atomics.store(words, groupWord.magic, GROUP_MAGIC);
  return new SharedMemoryGroup(segment, layout, options);
}

/**
 * Joins the group that the host's first rank created. No rank is needed for it: the caller knows its own slots.
 * @throws {ChannelClosedError} when the group was removed.
 * @throws {InvalidArgumentError} when the creator's layout is another one.
 */
export function attachTensorParallelGroup(
  path: string,
  layout: TensorParallelLayout,
  options: TensorParallelGroupOptions = {},
): TensorParallelGroup {
  requireValidLayout(layout);
  const segment = SharedMemory.open(path, GROUP_HEADER_BYTES);
  requireSameLayout(segment, layout);
  return new SharedMemoryGroup(segment, layout, options);
}

/** Removes the group's file, if it is there; ranks that are attached go on working. */
export function removeTensorParallelGroup(path: string): void {
  SharedMemory.remove(path);
}

function requireSameLayout(segment: SharedMemory, layout: TensorParallelLayout): void {
  const words = headerOf(segment);
  if (Atomics.load(words, groupWord.magic) !== GROUP_MAGIC || words[groupWord.version] !== GROUP_VERSION) {
    throw new InvalidArgumentError(
      `Shared memory ${segment.path} holds no tensor-parallel group of this version of ray-ts. Its creator has not finished, or runs another version.`,
    );
  }
  const created: TensorParallelLayout = {
    size: words[groupWord.size]!,
    partialSumBytes: words[groupWord.partialSumBytes]! >>> 0,
    logitsBytes: words[groupWord.logitsBytes]! >>> 0,
  };
  if (formatLayout(created) === formatLayout(layout) && segment.byteLength === groupBytes(layout)) return;
  throw new InvalidArgumentError(
    `Tensor-parallel group ${segment.path} was created with ${formatLayout(created)}, but this rank expects ${formatLayout(layout)}. Give all ranks the same model and configuration.`,
  );
}
