import { type Binding, Memory, type OrtEnvironment, type PlacedMemory, Session, Tensor } from '../ort/index.js';
import type { KvCacheShape } from './kv-cache.js';
import { cacheName, readSlotGraph, SLOT, stagedName, updatedName, writeSlotGraph } from './slot-copy-graphs.js';

const INT64_BYTES = 8;

/** All tensors of a cache, or of one slot of it: keys and values of layer after layer. */
export type CacheTensors = readonly PlacedMemory[];

/** Copies single slots between a cache on the device and a staging slot there, by graphs: the device has no addresses. */
export class SlotCopier {
  readonly #environment: OrtEnvironment;
  readonly #shape: KvCacheShape;
  readonly #read: Session;
  readonly #write: Session;
  readonly #slotIndex = Memory.allocate(INT64_BYTES);
  readonly #slotIndexWords = this.#slotIndex.int32(0, 2);

  /** @throws {InvalidArgumentError} when the process can't use the device. */
  constructor(environment: OrtEnvironment, shape: KvCacheShape) {
    this.#environment = environment;
    this.#shape = shape;
    this.#read = new Session(environment, readSlotGraph(shape), 'own', 'webgpu');
    this.#write = new Session(environment, writeSlotGraph(shape), 'own', 'webgpu');
  }

  /** A session on the device. */
  get session(): Session {
    return this.#read;
  }

  /** Slot `slot` of `cache`, which has `numSlots`, to `staged`. */
  read(cache: CacheTensors, numSlots: number, slot: number, staged: CacheTensors): void {
    this.#run(this.#read, [1], slot, (binding, tensorOf) => {
      for (const [index, memory] of cache.entries()) {
        binding.bindInput(cacheName(index), tensorOf(memory, numSlots));
        binding.bindOutput(stagedName(index), tensorOf(staged[index]!, 1));
      }
    });
  }

  /** `staged` over slot `slot` of `cache`, which has `numSlots`. */
  write(cache: CacheTensors, numSlots: number, slot: number, staged: CacheTensors): void {
    this.#run(this.#write, [1, 1], slot, (binding, tensorOf) => {
      for (const [index, memory] of cache.entries()) {
        const tensor = tensorOf(memory, numSlots);
        binding.bindInput(cacheName(index), tensor);
        binding.bindInput(stagedName(index), tensorOf(staged[index]!, 1));
        binding.bindOutput(updatedName(index), tensor);
      }
    });
  }

  close(): void {
    this.#read.close();
    this.#write.close();
    this.#slotIndex.close();
  }

  #run(
    session: Session,
    slotDims: readonly number[],
    slot: number,
    bind: (binding: Binding, tensorOf: (memory: PlacedMemory, numSlots: number) => Tensor) => void,
  ): void {
    this.#slotIndexWords[0] = slot;
    const tensors: Tensor[] = [];
    const keep = (tensor: Tensor): Tensor => {
      tensors.push(tensor);
      return tensor;
    };
    const { numKeyValueHeads, maxModelLen, headDim } = this.#shape;
    const binding = session.createBinding();
    try {
      const slotSpec = { dtype: 'int64', dims: slotDims, address: this.#slotIndex.address } as const;
      binding.bindInput(SLOT, keep(new Tensor(this.#environment, slotSpec)));
      bind(binding, ({ address, place = 'host' }, numSlots) => {
        const dims = [numSlots, numKeyValueHeads, maxModelLen, headDim];
        return keep(new Tensor(this.#environment, { dtype: 'float32', dims, address, place }));
      });
      session.run(binding);
    } finally {
      binding.close();
      for (const tensor of tensors) tensor.close();
    }
  }
}
