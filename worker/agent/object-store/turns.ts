/** Lets so many pieces of work run at a time; the others wait in order. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #numFree: number;

  constructor(limit: number) {
    this.#numFree = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#numFree > 0) this.#numFree--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#numFree++;
      else next();
    }
  }
}
