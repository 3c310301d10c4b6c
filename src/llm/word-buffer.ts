import { InternalError } from '../core/index.js';

const WORD_BYTES = 4;
const ALIGNMENT = 8;
const INITIAL_WORDS = 1024;

interface Views {
  readonly ints: Int32Array;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

function viewsOf(buffer: ArrayBufferLike, byteOffset: number, numWords: number): Views {
  return {
    ints: new Int32Array(buffer, byteOffset, numWords),
    floats: new Float32Array(buffer, byteOffset, numWords),
    doubles: new Float64Array(buffer, byteOffset, numWords >> 1),
    bytes: new Uint8Array(buffer, byteOffset, numWords * WORD_BYTES),
  };
}

const createViews = (numWords: number): Views => viewsOf(new ArrayBuffer(numWords * WORD_BYTES), 0, numWords);

const wordsForBytes = (numBytes: number): number => Math.ceil(numBytes / WORD_BYTES);

/** Writes 32-bit words one after the other into memory that it keeps and grows: no allocation once it is large enough. */
export class WordWriter {
  #views = createViews(INITIAL_WORDS);
  #position = 0;

  /** Forgets what was written. */
  start(): void {
    this.#position = 0;
  }

  /** The words written since {@link start}; a view that the next start makes stale. */
  finish(): Uint8Array {
    return this.#views.bytes.subarray(0, this.#position * WORD_BYTES);
  }

  int(value: number): void {
    const index = this.#take(1);
    this.#views.ints[index] = value;
  }

  float(value: number): void {
    const index = this.#take(1);
    this.#views.floats[index] = value;
  }

  /** Must start at an even word. */
  double(value: number): void {
    const index = this.#take(2);
    this.#views.doubles[index >> 1] = value;
  }

  /** Adds a word, 0, when the next one is not even. */
  alignToDoubles(): void {
    if (this.#position % 2 === 1) this.int(0);
  }

  ints(values: Int32Array): void {
    const start = this.#take(values.length);
    this.#views.ints.set(values, start);
  }

  floats(values: Float32Array): void {
    const start = this.#take(values.length);
    this.#views.floats.set(values, start);
  }

  /** Padded with zeros to whole words. */
  bytes(values: Uint8Array): void {
    const numWords = wordsForBytes(values.length);
    const start = this.#take(numWords) * WORD_BYTES;
    this.#views.bytes.fill(0, start, start + numWords * WORD_BYTES);
    this.#views.bytes.set(values, start);
  }

  /** Makes room for `numWords` and returns the index of the first. It may replace the views: look at them only after it. */
  #take(numWords: number): number {
    const start = this.#position;
    this.#position += numWords;
    if (this.#position > this.#views.ints.length) {
      const grown = createViews(Math.max(this.#position, 2 * this.#views.ints.length));
      grown.ints.set(this.#views.ints);
      this.#views = grown;
    }
    return start;
  }
}

/** Reads what a {@link WordWriter} wrote; arrays are views of the given bytes where these are aligned to 8. */
export class WordReader {
  readonly #views: Views;
  #position = 0;

  constructor(bytes: Uint8Array) {
    if (bytes.byteLength % WORD_BYTES !== 0)
      throw new InternalError(`A frame of ${bytes.byteLength} bytes is cut short.`);
    const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes);
    this.#views = viewsOf(aligned.buffer, aligned.byteOffset, aligned.byteLength / WORD_BYTES);
  }

  int(): number {
    return this.#views.ints[this.#take(1)]!;
  }

  float(): number {
    return this.#views.floats[this.#take(1)]!;
  }

  /** Must start at an even word. */
  double(): number {
    return this.#views.doubles[this.#take(2) >> 1]!;
  }

  /** Skips what the writer's method of that name added. */
  alignToDoubles(): void {
    if (this.#position % 2 === 1) this.int();
  }

  ints(length: number): Int32Array {
    const start = this.#take(length);
    return this.#views.ints.subarray(start, start + length);
  }

  floats(length: number): Float32Array {
    const start = this.#take(length);
    return this.#views.floats.subarray(start, start + length);
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(wordsForBytes(length)) * WORD_BYTES;
    return this.#views.bytes.subarray(start, start + length);
  }

  /** Reads `count` records in order. */
  many<Item>(count: number, read: () => Item): Item[] {
    return Array.from({ length: count }, read);
  }

  #take(numWords: number): number {
    const start = this.#position;
    this.#position += numWords;
    if (numWords < 0 || this.#position > this.#views.ints.length) {
      throw new InternalError(
        `A frame of ${this.#views.ints.length} words ends before its word ${this.#position}. Do all hosts run the same version of ray-ts?`,
      );
    }
    return start;
  }
}
