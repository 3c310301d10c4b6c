const SUBMITTED = 0;
const COLLECTED = 1;

/** Counts, in memory that threads share, the steps that were given to the ranks and those that were answered. */
export class StepsInFlight {
  readonly words: Int32Array;

  /** @param words of another thread's counter; default a new one. */
  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.words = words;
  }

  submitted(): void {
    Atomics.add(this.words, SUBMITTED, 1);
  }

  collected(): void {
    Atomics.add(this.words, COLLECTED, 1);
  }

  get numInFlight(): number {
    return (Atomics.load(this.words, SUBMITTED) - Atomics.load(this.words, COLLECTED)) | 0;
  }

  /** Modulo 2^32. */
  get numCollected(): number {
    return Atomics.load(this.words, COLLECTED);
  }
}
