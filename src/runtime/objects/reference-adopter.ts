import type { ObjectId } from '../../core/index.js';
import type { ObjectReference } from '../../rpc/index.js';
import type { BorrowedObjects } from './borrowed-objects.js';
import type { ObjectDirectory } from './object-directory.js';
import { ObjectEntry } from './object-entry.js';
import { objectLostError } from './object-lost-error.js';
import type { ObjectRef } from './object-ref.js';

/** Turns references that arrived into what this process counts: refs, and the contents of objects. */
export class ReferenceAdopter {
  readonly #workerId: string;
  readonly #directory: ObjectDirectory;
  readonly #borrowed: BorrowedObjects;

  constructor(workerId: string, directory: ObjectDirectory, borrowed: BorrowedObjects) {
    this.#workerId = workerId;
    this.#directory = directory;
    this.#borrowed = borrowed;
  }

  /** A ref for the program. */
  open(reference: ObjectReference): ObjectRef<unknown> {
    return this.#directory.createRef(this.#entryFor(reference));
  }

  /** Keeps what the value of a counted object refers to for as long as the object. @returns as {@link acknowledged}. */
  contain(container: ObjectEntry, references: readonly ObjectReference[]): Promise<void> | undefined {
    const entries = references.map((reference) => this.#entryFor(reference));
    const objectIds = [...new Set(entries.map(({ id }) => id))].filter((id) => id !== container.id);
    this.#directory.count(container.id, { kind: 'contents', objectIds });
    return this.acknowledged(entries);
  }

  /** Settles, never rejects, when the owners of all of them count this process; undefined when they do so already. */
  acknowledged(entries: readonly ObjectEntry[]): Promise<void> | undefined {
    const waits = entries
      .filter(({ owner }) => owner)
      .map((entry) => this.#borrowed.acknowledged(entry))
      .filter((wait) => wait !== undefined);
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined;
  }

  /** The caller counts it in the same turn. */
  #entryFor(reference: ObjectReference): ObjectEntry {
    const known = this.#directory.find(reference.objectId);
    if (known) return known;
    if (reference.owner?.workerId !== this.#workerId) return this.#borrowed.borrow(reference);
    return this.#addFreed(reference.objectId as ObjectId);
  }

  /** A ref to an object of this process that outlived the object: its sender was cut off for longer than the grace. */
  #addFreed(objectId: ObjectId): ObjectEntry {
    const entry = ObjectEntry.owned(objectId, { origin: 'call' });
    entry.settle({ kind: 'error', error: objectLostError(objectId, 'freed') });
    this.#directory.add(entry);
    return entry;
  }
}
