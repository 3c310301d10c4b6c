import type { PlacedMemory } from '../ort/index.js';

/** The slots that a pass works on: `numRows` of them, `firstSlot` the first. */
export interface SlotRange {
  readonly firstSlot: number;
  readonly numRows: number;
}

/** Keys and values of one rank's layers, in slots of one sequence each, wherever they lie. */
export interface SlotCache {
  /** Keys of `layer` (counted within the stage) for a pass over `slots`: float32 [numRows, keyValueHeads, maxModelLen, headDim]. */
  keys(layer: number, slots: SlotRange): PlacedMemory;
  /** As {@link keys}. */
  values(layer: number, slots: SlotRange): PlacedMemory;
  /** Before a pass: puts what its slots hold where {@link keys} and {@link values} say. */
  beginPass(slots: SlotRange): void;
  /** After a pass's attention: the slots hold what was written there. */
  endPass(slots: SlotRange): void;
  /** Copies the first `numTokens` tokens of slot `from`, in all layers, over those of slot `to`. */
  moveSlot(from: number, to: number, numTokens: number): void;
  /** The slot's tokens from `numTokens` on are not needed any more. */
  trimSlot(slot: number, numTokens: number): void;
  /** Gives the memory back; bindings to it must be closed before. */
  close(): void;
}
