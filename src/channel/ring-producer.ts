import { ChannelClosedError, InvalidArgumentError } from '../core/errors/index.js';
import { dtypeCode, requireValidFrame, type UnsentFrame } from './frame.js';
import {
  DOUBLES_PER_UNIT,
  frameKind,
  frameUnits,
  frameWord,
  HEADER_UNITS,
  planWrite,
  ringWord,
  SEQUENCE_DOUBLE,
  UNIT_BYTES,
  unitsBetween,
  WORDS_PER_UNIT,
} from './ring-layout.js';
import type { RingMemory } from './ring-memory.js';

/** The writing side of a ring that never waits; the blocking and the asynchronous writer add their way of waiting. */
export class RingProducer {
  readonly #memory: RingMemory;
  /** Units ever written. */
  #position = 0;
  #sequence = 0;
  /** Units that the write that was last refused waits for. */
  #unitsWanted = 0;

  constructor(memory: RingMemory) {
    this.#memory = memory;
  }

  /**
   * Copies the frame into the ring; false when there is no room now (then {@link canProceed} says when to try again).
   * @throws {ChannelClosedError} when the reader closed the ring.
   * @throws {InvalidArgumentError} when the frame is malformed or larger than the ring.
   */
  tryWrite(frame: UnsentFrame): boolean {
    requireValidFrame(frame);
    const units = this.#requireFits(frame);
    if (this.#memory.isPeerClosed()) {
      throw new ChannelClosedError(`The reader of ring ${this.#memory.path} closed it; the frame was not written.`);
    }
    for (;;) {
      const next = planWrite(this.#position, this.#memory.capacityUnits, units);
      if (!this.#hasFree(next.units)) {
        this.#unitsWanted = next.units;
        return false;
      }
      if (next.kind === 'frame') this.#putFrame(frame);
      else this.#setKind(frameKind.skip);
      this.#publish(next.units);
      if (next.kind === 'frame') return true;
    }
  }

  /** True when the refused write has room now, or will never have. */
  readonly canProceed = (): boolean => this.#hasFree(this.#unitsWanted) || this.#memory.isPeerClosed();

  #requireFits({ payload }: UnsentFrame): number {
    const units = frameUnits(payload.byteLength);
    const { capacityUnits, path } = this.#memory;
    if (units <= capacityUnits) return units;
    throw new InvalidArgumentError(
      `A frame of ${units * UNIT_BYTES} bytes (payload ${payload.byteLength}) can't fit ring ${path} of ${capacityUnits * UNIT_BYTES} bytes. Create the ring with a larger capacityBytes.`,
    );
  }

  #hasFree(units: number): boolean {
    const freedPosition = Atomics.load(this.#memory.words, ringWord.freedPosition);
    return this.#memory.capacityUnits - unitsBetween(freedPosition, this.#position) >= units;
  }

  #unitOffset(): number {
    return HEADER_UNITS + (this.#position % this.#memory.capacityUnits);
  }

  #setKind(kind: number): void {
    this.#memory.words[this.#unitOffset() * WORDS_PER_UNIT + frameWord.kind] = kind;
  }

  #putFrame({ tag, dtype, shape, payload }: UnsentFrame): void {
    const { words, doubles, bytes } = this.#memory;
    const offset = this.#unitOffset();
    const header = offset * WORDS_PER_UNIT;
    this.#setKind(frameKind.frame);
    words[header + frameWord.payloadBytes] = payload.byteLength;
    words[header + frameWord.tag] = tag;
    words[header + frameWord.dtype] = dtypeCode(dtype);
    words[header + frameWord.numDims] = shape.length;
    for (let i = 0; i < shape.length; i++) words[header + frameWord.firstDim + i] = shape[i]!;
    this.#sequence += 1;
    doubles[offset * DOUBLES_PER_UNIT + SEQUENCE_DOUBLE] = this.#sequence;
    bytes.set(payload, (offset + 1) * UNIT_BYTES);
  }

  // The position is stored after the bytes, and Atomics.store keeps that order, so the reader never sees half a frame.
  #publish(units: number): void {
    this.#position += units;
    Atomics.store(this.#memory.words, ringWord.writtenPosition, this.#position);
    this.#memory.peerEvent.notify();
  }
}
