import { Memory } from '../ort/index.js';

/**
 * Memory for weights on their way from the checkpoint into a session, which copies them. Given back at once rather than
 * left to the garbage collector, which would let a model's size linger twice.
 */
export class StagedWeights {
  readonly #memory: Memory[] = [];

  /** `length` zeros, until {@link release}. */
  allocateWeights(length: number): Float32Array {
    return this.#allocate(length * Float32Array.BYTES_PER_ELEMENT).float32(0, length);
  }

  /** `length` zeros, until {@link release}. */
  allocateBytes(length: number): Uint8Array {
    return this.#allocate(length).uint8(0, length);
  }

  /** Arrays that were allocated must not be touched any more. */
  release(): void {
    for (const memory of this.#memory) memory.close();
    this.#memory.length = 0;
  }

  #allocate(byteLength: number): Memory {
    const memory = Memory.allocate(byteLength);
    memory.useHugePages();
    this.#memory.push(memory);
    return memory;
  }
}
