/** The latest message per key, and who wants to know of the next: a late listener misses nothing that still holds. */
export class Topic<Key, Message> {
  readonly #latest = new Map<Key, Message>();
  readonly #listeners = new Map<Key, Set<(message: Message) => void>>();
  readonly #onFollowed: (key: Key) => void;

  /** @param onFollowed called when a key gets its first listener. */
  constructor(onFollowed: (key: Key) => void = () => undefined) {
    this.#onFollowed = onFollowed;
  }

  /** The keys that have listeners. */
  get followed(): readonly Key[] {
    return [...this.#listeners.keys()];
  }

  publish(key: Key, message: Message): void {
    this.#latest.set(key, message);
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener(message);
  }

  latest(key: Key): Message | undefined {
    return this.#latest.get(key);
  }

  /** Calls the listener with the latest message, if there is one, and every later one; returns how to stop. */
  subscribe(key: Key, listener: (message: Message) => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    if (listeners.size === 1) this.#onFollowed(key);
    const latest = this.#latest.get(key);
    if (latest !== undefined) listener(latest);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }
}
