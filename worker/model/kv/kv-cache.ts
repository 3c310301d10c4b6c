import { copyBytes, Memory, type PlacedMemory, releasePages } from '../ort/index.js';
import type { SlotCache, SlotRange } from './slot-cache.js';

/** Dims of one rank's cache. */
export interface KvCacheShape {
  readonly numLayers: number;
  readonly numSlots: number;
  /** Of this rank. */
  readonly numKeyValueHeads: number;
  readonly maxModelLen: number;
  readonly headDim: number;
}

const FLOAT_BYTES = 4;

/**
 * Keys and values of one rank's layers: per layer two tensors, float32 [numSlots, keyValueHeads, maxModelLen, headDim].
 * A slot holds one sequence; consecutive slots are one contiguous tensor, so a batch is a view and nothing is gathered.
 * Memory is reserved for every position of every slot, but the system backs only those that were written (the idea of
 * vAttention, Prabhu et al., 2024).
 */
export class KvCache implements SlotCache {
  readonly #shape: KvCacheShape;
  readonly #headBytes: number;
  readonly #slotBytes: number;
  readonly #tensorBytes: number;
  readonly #memory: Memory;

  /** @throws {InvalidArgumentError} when the system refuses the reservation. */
  constructor(shape: KvCacheShape) {
    this.#shape = shape;
    this.#headBytes = shape.maxModelLen * shape.headDim * FLOAT_BYTES;
    this.#slotBytes = shape.numKeyValueHeads * this.#headBytes;
    this.#tensorBytes = shape.numSlots * this.#slotBytes;
    this.#memory = Memory.allocate(2 * shape.numLayers * this.#tensorBytes);
  }

  /** Address of the keys of `layer` (counted within the stage) from `slot` on; [.., keyValueHeads, maxModelLen, headDim]. */
  keyAddress(layer: number, slot: number): bigint {
    return this.#address(2 * layer, slot);
  }

  /** As {@link keyAddress}, of the values. */
  valueAddress(layer: number, slot: number): bigint {
    return this.#address(2 * layer + 1, slot);
  }

  keys(layer: number, { firstSlot }: SlotRange): PlacedMemory {
    return { address: this.keyAddress(layer, firstSlot) };
  }

  values(layer: number, { firstSlot }: SlotRange): PlacedMemory {
    return { address: this.valueAddress(layer, firstSlot) };
  }

  /** Nothing to do: a pass reads and writes the slots in place. */
  beginPass(): void {}

  /** As {@link beginPass}. */
  endPass(): void {}

  /** Copies the first `numTokens` tokens of slot `from`, in all layers, over those of slot `to`. */
  moveSlot(from: number, to: number, numTokens: number): void {
    const byteLength = numTokens * this.#shape.headDim * FLOAT_BYTES;
    for (let tensor = 0; tensor < 2 * this.#shape.numLayers; tensor++) {
      const source = this.#address(tensor, from);
      const target = this.#address(tensor, to);
      for (let head = 0; head < this.#shape.numKeyValueHeads; head++) {
        const offset = BigInt(head * this.#headBytes);
        copyBytes(target + offset, source + offset, byteLength);
      }
    }
  }

  /**
   * Gives the memory behind the slot's first `numTokens` tokens back to the system, in all layers: whole pages of every
   * head's tokens, or of the whole slot when nothing of it stays.
   */
  trimSlot(slot: number, numTokens: number): void {
    const keptBytes = BigInt(numTokens * this.#shape.headDim * FLOAT_BYTES);
    const [numStretches, stretchBytes] =
      numTokens === 0 ? [1, this.#slotBytes] : [this.#shape.numKeyValueHeads, this.#headBytes];
    for (let tensor = 0; tensor < 2 * this.#shape.numLayers; tensor++) {
      for (let stretch = 0; stretch < numStretches; stretch++) {
        const start = this.#address(tensor, slot) + BigInt(stretch * stretchBytes);
        releasePages(start + keptBytes, start + BigInt(stretchBytes));
      }
    }
  }

  /** Gives the memory back; bindings to it must be closed before. */
  close(): void {
    this.#memory.close();
  }

  #address(tensor: number, slot: number): bigint {
    return this.#memory.address + BigInt(tensor * this.#tensorBytes + slot * this.#slotBytes);
  }
}
