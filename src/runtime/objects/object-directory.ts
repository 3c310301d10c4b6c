import type { ObjectId } from '../../core/index.js';
import type { ObjectEntry } from './object-entry.js';
import { entryOf, ObjectRef } from './object-ref.js';
import { type ReferenceEvent, type References, ReferenceTable } from './reference-table.js';

/**
 * The objects that a process counts references of: all that others know of, that lie in a store, or whose values hold refs.
 * A small result that never leaves the process is not among them: the garbage collector alone sees to it, so that a call
 * costs no bookkeeping.
 */
export class ObjectDirectory {
  readonly #entries = new Map<ObjectId, ObjectEntry>();
  readonly #references = new ReferenceTable();
  readonly #onUnreferenced: (entry: ObjectEntry) => void;
  readonly #collected = new FinalizationRegistry<ObjectId>((objectId) => {
    this.count(objectId, { kind: 'local', change: -1 });
  });

  /** @param onUnreferenced is told once of every entry that leaves. */
  constructor(onUnreferenced: (entry: ObjectEntry) => void) {
    this.#onUnreferenced = onUnreferenced;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(objectId: string): ObjectEntry | undefined {
    return this.#entries.get(objectId as ObjectId);
  }

  entries(): IterableIterator<ObjectEntry> {
    return this.#entries.values();
  }

  referencesOf(objectId: ObjectId): References | undefined {
    return this.#references.get(objectId);
  }

  /** Takes an entry in; count it in the same turn, or it stays for ever. */
  add(entry: ObjectEntry): void {
    this.#entries.set(entry.id, entry);
  }

  /** Another ref to an entry of this directory. */
  createRef(entry: ObjectEntry): ObjectRef<unknown> {
    const ref = new ObjectRef<unknown>(entry);
    this.#watch(ref);
    return ref;
  }

  /** Starts to count an object that had only the one ref so far, if it is not counted yet. */
  startCounting(ref: ObjectRef<unknown>): ObjectEntry {
    const entry = entryOf(ref);
    if (!this.#entries.has(entry.id)) {
      this.#entries.set(entry.id, entry);
      this.#watch(ref);
    }
    return entry;
  }

  count(objectId: ObjectId, event: ReferenceEvent): void {
    for (const gone of this.#references.apply(objectId, event)) {
      const entry = this.#entries.get(gone);
      this.#entries.delete(gone);
      if (entry) this.#onUnreferenced(entry);
    }
  }

  /** Keeps a counted object until the returned function is called; calling it again does nothing. */
  hold(objectId: ObjectId): () => void {
    this.count(objectId, { kind: 'hold', change: 1 });
    let state: 'held' | 'released' = 'held';
    return () => {
      if (state === 'released') return;
      state = 'released';
      this.count(objectId, { kind: 'hold', change: -1 });
    };
  }

  #watch(ref: ObjectRef<unknown>): void {
    this.count(ref.id, { kind: 'local', change: 1 });
    this.#collected.register(ref, ref.id);
  }
}
