/**
 * Where a tensor lies: at an address of the process, or in a buffer of the WebGPU device. There an "address" is the handle
 * of a buffer: nothing can be added to it, so a tensor begins where its buffer begins.
 */
export type MemoryPlace = 'host' | 'webgpu';

/** A stretch of memory, wherever it lies, for tensors that begin at its first byte. */
export interface PlacedMemory {
  readonly address: bigint;
  /** Default `host`. */
  readonly place?: MemoryPlace;
}
