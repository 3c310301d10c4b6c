import { InvalidArgumentError } from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';

/** Of one value: what is larger belongs into an object store. */
export const MAX_VALUE_BYTES = 1024 * 1024;

/** The cluster's own small table, for rendezvous and the like: keys in namespaces, written through like the other tables. */
export class KeyValueTable {
  readonly #journal: StateJournal;

  constructor(journal: StateJournal) {
    this.#journal = journal;
  }

  /**
   * Resolves when the store has the value. A key that holds that very value already counts as stored, so that the call may
   * be repeated.
   * @returns false when the key was there and was not to be overwritten.
   * @throws {InvalidArgumentError} for a key or value that is too large.
   */
  async put(namespace: string, key: string, value: Uint8Array, overwrite: boolean): Promise<boolean> {
    if (value.length > MAX_VALUE_BYTES) {
      throw new InvalidArgumentError(
        `The value of key ${key} has ${value.length} bytes; at most ${MAX_VALUE_BYTES} are kept in the head. ` +
          'Put it into the object store and keep the ref.',
      );
    }
    const id = rowId(namespace, key);
    const before = this.#journal.rows('kv').get(id);
    if (before && !overwrite) {
      await this.#journal.whenWritten('kv', id);
      return Buffer.from(before).equals(value);
    }
    await this.#journal.putRow('kv', id, Uint8Array.from(value));
    return true;
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return this.#journal.rows('kv').get(rowId(namespace, key));
  }

  /** Resolves when the store has let the key go. Idempotent. */
  delete(namespace: string, key: string): Promise<void> {
    return this.#journal.deleteRow('kv', rowId(namespace, key));
  }

  /** The keys of a namespace that begin with `prefix`, sorted. */
  keys(namespace: string, prefix: string): string[] {
    const start = namespaceStart(namespace);
    const ids = [...this.#journal.rows('kv').keys()].filter((id) => id.startsWith(start + prefix));
    return ids.map((id) => id.slice(start.length)).sort();
  }
}

/** A row id of one line for both, which no other pair has: the namespace is encoded, so that it ends at the first `/`. */
function rowId(namespace: string, key: string): string {
  if (key === '') throw new InvalidArgumentError('A key must not be empty.');
  return namespaceStart(namespace) + key;
}

const namespaceStart = (namespace: string): string => `${encodeURIComponent(namespace)}/`;
