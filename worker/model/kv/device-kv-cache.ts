import { invariant } from '../../../src/core/index.js';
import { DeviceAllocator, type DeviceMemory, type OrtEnvironment, type PlacedMemory } from '../ort/index.js';
import type { KvCacheShape } from './kv-cache.js';
import type { SlotCache, SlotRange } from './slot-cache.js';
import { SlotCopier } from './slot-copier.js';

const FLOAT_BYTES = 4;

/** Dims of a cache on a device. */
export interface DeviceKvCacheShape extends KvCacheShape {
  /** Parts of the slots, of equal size, of which each begins with the sequences that decode together. */
  readonly numLanes: number;
}

/** Where the slots of a pass lie. */
type Location =
  | { readonly kind: 'in-place'; readonly lane: number }
  | { readonly kind: 'staged'; readonly lane: number; readonly slotInLane: number };

/**
 * Keys and values in buffers of the WebGPU device: per lane, layer and kind one float32 [slotsPerLane, keyValueHeads,
 * maxModelLen, headDim], allocated at once.
 *
 * A tensor can't begin within a buffer there. A pass whose slots begin a lane, as every decode batch does, works in place
 * over the first rows of the lane's buffers. A pass over another slot, as prefills are, works in a staging slot: the slot is
 * copied there before the pass and back after it, on the device. One slot of all layers is small beside the weights that
 * the pass reads, and the copy is exact.
 */
export class DeviceKvCache implements SlotCache {
  /** For other memory of the rank that lives as long as its cache. */
  readonly allocator: DeviceAllocator;
  readonly #shape: DeviceKvCacheShape;
  readonly #copier: SlotCopier;
  readonly #lanes: readonly (readonly DeviceMemory[])[];
  readonly #staged: readonly DeviceMemory[];

  /** @throws {InvalidArgumentError} when the process can't use the device. @throws {InternalError} when the cache exceeds its memory. */
  constructor(environment: OrtEnvironment, shape: DeviceKvCacheShape) {
    const { numLanes, numSlots, numLayers, numKeyValueHeads, maxModelLen, headDim } = shape;
    invariant(numSlots % numLanes === 0, `${numSlots} slots are ${numLanes} equal lanes`);
    this.#shape = shape;
    this.#copier = new SlotCopier(environment, shape);
    this.allocator = new DeviceAllocator(environment, this.#copier.session);
    const slotBytes = numKeyValueHeads * maxModelLen * headDim * FLOAT_BYTES;
    const allocateSlots = (count: number): DeviceMemory[] =>
      Array.from({ length: 2 * numLayers }, () => this.allocator.allocate(count * slotBytes));
    try {
      this.#lanes = Array.from({ length: numLanes }, () => allocateSlots(this.#slotsPerLane));
      this.#staged = allocateSlots(1);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  keys(layer: number, slots: SlotRange): PlacedMemory {
    return this.#tensorsOf(slots)[2 * layer]!;
  }

  values(layer: number, slots: SlotRange): PlacedMemory {
    return this.#tensorsOf(slots)[2 * layer + 1]!;
  }

  beginPass(slots: SlotRange): void {
    const location = this.#locate(slots);
    if (location.kind === 'staged') this.#readSlot(location.lane, location.slotInLane);
  }

  endPass(slots: SlotRange): void {
    const location = this.#locate(slots);
    if (location.kind === 'staged') this.#writeSlot(location.lane, location.slotInLane);
  }

  /** Copies the whole slot. */
  moveSlot(from: number, to: number): void {
    this.#readSlot(Math.floor(from / this.#slotsPerLane), from % this.#slotsPerLane);
    this.#writeSlot(Math.floor(to / this.#slotsPerLane), to % this.#slotsPerLane);
  }

  /** Nothing to give back: the buffers are allocated whole. */
  trimSlot(): void {}

  /** Gives back all memory of the device, also what others took from {@link allocator}. */
  close(): void {
    this.allocator.close();
    this.#copier.close();
  }

  get #slotsPerLane(): number {
    return this.#shape.numSlots / this.#shape.numLanes;
  }

  #locate({ firstSlot, numRows }: SlotRange): Location {
    const lane = Math.floor(firstSlot / this.#slotsPerLane);
    const slotInLane = firstSlot % this.#slotsPerLane;
    if (slotInLane === 0) return { kind: 'in-place', lane };
    invariant(
      numRows === 1,
      `a pass over slots ${firstSlot}+${numRows} begins a lane of ${this.#slotsPerLane}, or has one row`,
    );
    return { kind: 'staged', lane, slotInLane };
  }

  #tensorsOf(slots: SlotRange): readonly DeviceMemory[] {
    const location = this.#locate(slots);
    return location.kind === 'staged' ? this.#staged : this.#lanes[location.lane]!;
  }

  #readSlot(lane: number, slot: number): void {
    this.#copier.read(this.#lanes[lane]!, this.#slotsPerLane, slot, this.#staged);
  }

  #writeSlot(lane: number, slot: number): void {
    this.#copier.write(this.#lanes[lane]!, this.#slotsPerLane, slot, this.#staged);
  }
}
