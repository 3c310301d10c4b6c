import {
  attachRingReader,
  attachRingWriter,
  type GroupLinks,
  type RingReader,
  type RingWriter,
} from '../../src/channel/index.js';

/**
 * The all-reduce that sends the fewest bytes: each of `size` ranks sends 2 (size - 1) / size of the sum, in 2 (size - 1)
 * steps that wait for each other. Parts are whole messages, so that the rings hold them.
 */
export class RingAllReduce {
  readonly #rank: number;
  readonly #size: number;
  readonly #next: RingWriter;
  readonly #previous: RingReader;

  /** @param links to every other rank, each on a host of its own. */
  constructor({ rank, outgoing, incoming }: GroupLinks, size: number, spinMicroseconds: number) {
    const next = outgoing.find((link) => link.rank === (rank + 1) % size)!;
    const previous = incoming.find((link) => link.rank === (rank + size - 1) % size)!;
    this.#rank = rank;
    this.#size = size;
    this.#next = attachRingWriter(next.path, { spinMicroseconds });
    this.#previous = attachRingReader(previous.path, { spinMicroseconds });
  }

  /** Replaces the values by the sums of all ranks' values. */
  reduce(values: Float32Array, addInto: (sum: Float32Array, values: Float32Array) => void): void {
    for (let step = 0; step < this.#size - 1; step++) {
      this.#send(this.#partOf(values, this.#rank - step));
      addInto(this.#partOf(values, this.#rank - step - 1), this.#receive());
    }
    for (let step = 0; step < this.#size - 1; step++) {
      this.#send(this.#partOf(values, this.#rank - step + 1));
      this.#partOf(values, this.#rank - step).set(this.#receive());
    }
  }

  #partOf(values: Float32Array, index: number): Float32Array {
    const part = ((index % this.#size) + this.#size) % this.#size;
    const length = values.length / this.#size;
    return values.subarray(part * length, (part + 1) * length);
  }

  #send(part: Float32Array): void {
    const payload = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    this.#next.write({ tag: 0, dtype: 'float32', shape: [part.length], payload });
  }

  #receive(): Float32Array {
    const { payload } = this.#previous.read()!;
    return new Float32Array(payload.buffer, payload.byteOffset, payload.byteLength / Float32Array.BYTES_PER_ELEMENT);
  }
}
