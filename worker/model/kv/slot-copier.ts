import { type Binding, Memory, type OrtEnvironment, type PlacedMemory, Session, Tensor } from '../ort/index.js';
import type { KvCacheShape } from './kv-cache.js';
import { cacheName, ROWS, readSlotGraph, SLOT, stagedName, updatedName, writeSlotGraph } from './slot-copy-graphs.js';

const INT64_BYTES = 8;

/** All tensors of a cache, or of one slot of it: keys and values of layer after layer. */
export type CacheTensors = readonly PlacedMemory[];

/** Makes a tensor of the device over all of `memory`, or one of the host; it lives until the run ends. */
type TensorOf = (memory: PlacedMemory, dims: readonly number[], dtype?: 'int64') => Tensor;

/** Copies single slots between a cache on the device and a staging slot there, by graphs: the device has no addresses. */
export class SlotCopier {
  readonly #environment: OrtEnvironment;
  readonly #read: Session;
  readonly #write: Session;
  readonly #rowsPerSlot: number;
  readonly #headDim: number;
  /** int64 [1 + rowsPerSlot]: the slot, and the rows of one. */
  readonly #indices: Memory;
  /** The lower and the upper half of each index in turn. */
  readonly #indexWords: Int32Array;

  /** @throws {InvalidArgumentError} when the process can't use the device. */
  constructor(environment: OrtEnvironment, shape: KvCacheShape) {
    this.#environment = environment;
    this.#read = new Session(environment, readSlotGraph(shape), 'own', 'webgpu');
    this.#write = new Session(environment, writeSlotGraph(shape), 'own', 'webgpu');
    this.#rowsPerSlot = shape.numKeyValueHeads * shape.maxModelLen;
    this.#headDim = shape.headDim;
    this.#indices = Memory.allocate((1 + this.#rowsPerSlot) * INT64_BYTES);
    this.#indexWords = this.#indices.int32(0, 2 * (1 + this.#rowsPerSlot));
  }

  /** A session on the device. */
  get session(): Session {
    return this.#read;
  }

  /** Slot `slot` of `cache`, which has `numSlots`, to `staged`. */
  read(cache: CacheTensors, numSlots: number, slot: number, staged: CacheTensors): void {
    this.#indexWords[0] = slot;
    const valuesPerSlot = this.#rowsPerSlot * this.#headDim;
    this.#run(this.#read, (binding, tensorOf) => {
      binding.bindInput(SLOT, tensorOf({ address: this.#indices.address }, [1], 'int64'));
      for (const [index, memory] of cache.entries()) {
        binding.bindInput(cacheName(index), tensorOf(memory, [numSlots, valuesPerSlot]));
        binding.bindOutput(stagedName(index), tensorOf(staged[index]!, [1, valuesPerSlot]));
      }
    });
  }

  /** `staged` over slot `slot` of `cache`, which has `numSlots`. */
  write(cache: CacheTensors, numSlots: number, slot: number, staged: CacheTensors): void {
    const rowsPerSlot = this.#rowsPerSlot;
    for (let row = 0; row < rowsPerSlot; row++) this.#indexWords[2 * (1 + row)] = slot * rowsPerSlot + row;
    this.#run(this.#write, (binding, tensorOf) => {
      const rowsAddress = this.#indices.address + BigInt(INT64_BYTES);
      binding.bindInput(ROWS, tensorOf({ address: rowsAddress }, [rowsPerSlot, 1], 'int64'));
      for (const [index, memory] of cache.entries()) {
        const tensor = tensorOf(memory, [numSlots * rowsPerSlot, this.#headDim]);
        binding.bindInput(cacheName(index), tensor);
        binding.bindInput(stagedName(index), tensorOf(staged[index]!, [rowsPerSlot, this.#headDim]));
        binding.bindOutput(updatedName(index), tensor);
      }
    });
  }

  close(): void {
    this.#read.close();
    this.#write.close();
    this.#indices.close();
  }

  #run(session: Session, bind: (binding: Binding, tensorOf: TensorOf) => void): void {
    const tensors: Tensor[] = [];
    const binding = session.createBinding();
    try {
      bind(binding, ({ address, place = 'host' }, dims, dtype) => {
        const tensor = new Tensor(this.#environment, { dtype: dtype ?? 'float32', dims, address, place });
        tensors.push(tensor);
        return tensor;
      });
      session.run(binding);
    } finally {
      binding.close();
      for (const tensor of tensors) tensor.close();
    }
  }
}
