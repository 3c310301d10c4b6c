/** Keeps the `capacity` values that were asked for last, and lets go of the others. */
export class RecentlyUsed<Value> {
  readonly #capacity: number;
  readonly #release: (value: Value) => void;
  /** A Map keeps insertion order: the least recently used comes first. */
  readonly #values = new Map<string, Value>();

  /** `release` is called once for every value that is dropped. */
  constructor(capacity: number, release: (value: Value) => void) {
    this.#capacity = capacity;
    this.#release = release;
  }

  /** The value of `key`, made by `create` when it is not there. */
  get(key: string, create: () => Value): Value {
    const existing = this.#values.get(key);
    if (existing !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, existing);
      return existing;
    }
    const created = create();
    this.#values.set(key, created);
    if (this.#values.size > this.#capacity) this.#dropOldest();
    return created;
  }

  clear(): void {
    while (this.#values.size > 0) this.#dropOldest();
  }

  #dropOldest(): void {
    const [oldest] = this.#values;
    if (oldest === undefined) return;
    this.#values.delete(oldest[0]);
    this.#release(oldest[1]);
  }
}
