import { ChannelClosedError, invariant } from '../core/errors/index.js';
import { dtypeFromCode } from './frame.js';
import type { TensorFrame } from './ring.js';
import {
  DOUBLES_PER_UNIT,
  frameKind,
  frameUnits,
  frameWord,
  HEADER_UNITS,
  ringWord,
  SEQUENCE_DOUBLE,
  UNIT_BYTES,
  WORDS_PER_UNIT,
} from './ring-layout.js';
import type { RingMemory } from './ring-memory.js';

/** The reading side of a ring that never waits; the blocking and the asynchronous reader add their way of waiting. */
export class RingConsumer {
  readonly #memory: RingMemory;
  /** Units ever freed. */
  #position = 0;
  #sequence = 0;
  /** Units of the frame that the user still looks at. */
  #heldUnits = 0;

  constructor(memory: RingMemory) {
    this.#memory = memory;
  }

  /** Frees the frame that it returned before, and returns the next one if there is one. */
  tryRead(): TensorFrame | undefined {
    this.#free(this.#heldUnits);
    this.#heldUnits = 0;
    if (this.#isEmpty()) return undefined;
    if (!this.#isAtSkip()) return this.#takeFrame();
    this.#free(this.#memory.capacityUnits - (this.#position % this.#memory.capacityUnits));
    // The frame behind a skip starts a round of the ring, so no other skip comes before it.
    return this.#isEmpty() ? undefined : this.#takeFrame();
  }

  /** True when {@link tryRead} may return a frame, or nothing will come any more. */
  readonly canProceed = (): boolean => !this.#isEmpty() || this.#memory.isPeerClosed();

  /** @throws {ChannelClosedError} when the writer closed the ring and no frame is left. */
  requireNotAtEnd(): void {
    // In this order: what the writer wrote before it closed must be seen.
    if (!this.#memory.isPeerClosed() || !this.#isEmpty()) return;
    throw new ChannelClosedError(`The writer of ring ${this.#memory.path} closed it and no frame is left.`);
  }

  #isEmpty(): boolean {
    return Atomics.load(this.#memory.words, ringWord.writtenPosition) === (this.#position | 0);
  }

  #unitOffset(): number {
    return HEADER_UNITS + (this.#position % this.#memory.capacityUnits);
  }

  #isAtSkip(): boolean {
    return this.#memory.words[this.#unitOffset() * WORDS_PER_UNIT + frameWord.kind] === frameKind.skip;
  }

  #takeFrame(): TensorFrame {
    const { words, doubles, bytes } = this.#memory;
    const offset = this.#unitOffset();
    const header = offset * WORDS_PER_UNIT;
    const sequence = doubles[offset * DOUBLES_PER_UNIT + SEQUENCE_DOUBLE]!;
    invariant(sequence === this.#sequence + 1, `ring ${this.#memory.path} went from ${this.#sequence} to ${sequence}`);
    this.#sequence = sequence;
    const payloadBytes = words[header + frameWord.payloadBytes]! >>> 0;
    const firstByte = (offset + 1) * UNIT_BYTES;
    this.#heldUnits = frameUnits(payloadBytes);
    return {
      sequence,
      tag: words[header + frameWord.tag]!,
      dtype: dtypeFromCode(words[header + frameWord.dtype]!),
      shape: this.#shapeAt(header),
      payload: bytes.subarray(firstByte, firstByte + payloadBytes),
    };
  }

  #shapeAt(header: number): readonly number[] {
    const { words } = this.#memory;
    const shape: number[] = [];
    const numDims = words[header + frameWord.numDims]!;
    for (let i = 0; i < numDims; i++) shape.push(words[header + frameWord.firstDim + i]! >>> 0);
    return shape;
  }

  #free(units: number): void {
    if (units === 0) return;
    this.#position += units;
    Atomics.store(this.#memory.words, ringWord.freedPosition, this.#position);
    this.#memory.peerEvent.notify();
  }
}
