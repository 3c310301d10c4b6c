import { Memory } from '../ort/index.js';

const INT64_BYTES = 8;

/** Where the graphs of a rank's layers leave how many choices of a pass went to each expert: int64 [numLayers, numExperts]. */
export class ExpertCounts {
  readonly numExperts: number;
  readonly #memory: Memory;
  /** Low and high word of every int64 in turn; a pass has fewer choices than the low one can hold. */
  readonly #words: Int32Array;

  constructor({ numLayers, numExperts }: { readonly numLayers: number; readonly numExperts: number }) {
    this.numExperts = numExperts;
    this.#memory = Memory.allocate(numLayers * numExperts * INT64_BYTES);
    this.#words = this.#memory.int32(0, 2 * numLayers * numExperts);
  }

  /** Of a layer's counts; layers are counted from the stage's first. */
  address(layer: number): bigint {
    return this.#memory.address + BigInt(layer * this.numExperts * INT64_BYTES);
  }

  /** Adds the counts of the last pass to `sums`, [numLayers × numExperts]. Layers without experts count nothing. */
  addTo(sums: Uint32Array): void {
    for (let index = 0; index < sums.length; index++) sums[index]! += this.#words[2 * index]!;
  }

  close(): void {
    this.#memory.close();
  }
}
