import { rangeLength } from './tensor-parallel-slice.js';
import { rowLengthOf, type WeightSlice, type WeightSource } from './weight-source.js';

/** Standard deviation of projections in freshly initialized models (`initializer_range` of Llama's config). */
const STANDARD_DEVIATION = 0.02;

/** A uniform number in [-1, 1) has a standard deviation of 1/√3. */
const SCALE = (STANDARD_DEVIATION * Math.sqrt(3)) / 2 ** 31;

/** FNV-1a, to give every tensor a stream of its own. */
function hashName(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of the counter. */
function mix(counter: number): number {
  let bits = counter ^ (counter >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** The only weights of one dim that models have. */
const isNormScale = ({ name, shape }: WeightSlice): boolean => shape.length === 1 && name.endsWith('.weight');

/**
 * Weights for measuring without a checkpoint (`--load-format dummy`, as in vLLM): scales of norms are 1, everything else is random
 * of the scale of a real model. A value depends on the seed, the tensor's name and the element alone, so every way of
 * slicing sees the same model, and no two tensors are equal: ONNX Runtime merges equal ones, which flatters a measurement.
 */
export class RandomWeightSource implements WeightSource {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** False, though it makes every tensor that is read: of several names, none is more right than the other. */
  has(): boolean {
    return false;
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    const { name, rows, columns } = slice;
    const rowLength = rowLengthOf(slice);
    const { start, end } = columns ?? { start: 0, end: rowLength };
    const width = end - start;
    if (isNormScale(slice)) {
      destination.fill(1, 0, rangeLength(rows) * width);
      return;
    }
    const stream = hashName(name, this.#seed);
    for (let row = rows.start; row < rows.end; row++) {
      const counter = stream + row * rowLength + start;
      const offset = (row - rows.start) * width;
      for (let i = 0; i < width; i++) destination[offset + i] = mix((counter + i) | 0) * SCALE;
    }
  }

  /** All bits are random. */
  readIntegers({ name }: WeightSlice, destination: Int32Array): void {
    const stream = hashName(name, this.#seed);
    for (let i = 0; i < destination.length; i++) destination[i] = mix((stream + i) | 0);
  }

  /** Holds nothing. */
  close(): void {}
}
