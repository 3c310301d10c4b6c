import type { OrtEnvironment } from './environment.js';
import type { PlacedMemory } from './placed-memory.js';
import { requireOpen } from './require-open.js';
import type { Session } from './session.js';
import type { OrtPointer } from './table-binder.js';

/** A buffer of the device. Tensors over it must not be used after {@link DeviceAllocator.close}. */
export interface DeviceMemory extends PlacedMemory {
  readonly place: 'webgpu';
  readonly byteLength: number;
}

/** Allocates on the device of a session that computes there; all such sessions of a process share the device. */
export class DeviceAllocator {
  readonly #environment: OrtEnvironment;
  readonly #buffers: DeviceMemory[] = [];
  #allocator: OrtPointer | undefined;

  /** The session must be closed after the allocator. */
  constructor(environment: OrtEnvironment, session: Session) {
    this.#environment = environment;
    this.#allocator = environment.api.createAllocator(session.pointer, environment.webgpuMemory);
  }

  /**
   * Real memory at once, unlike the host's.
   * @throws {InternalError} when the device has too little left.
   */
  allocate(byteLength: number): DeviceMemory {
    const allocator = requireOpen(this.#allocator, 'allocator');
    const address = this.#environment.api.allocatorAlloc(allocator, byteLength);
    const memory: DeviceMemory = { place: 'webgpu', address, byteLength };
    this.#buffers.push(memory);
    return memory;
  }

  /** Gives back all that was allocated. */
  close(): void {
    if (this.#allocator === undefined) return;
    for (const { address } of this.#buffers) this.#environment.api.allocatorFree(this.#allocator, address);
    this.#environment.api.releaseAllocator(this.#allocator);
    this.#allocator = undefined;
  }
}
