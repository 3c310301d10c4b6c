import { InternalError, type ObjectId, type OwnerDiedError, type RayError } from '../../core/index.js';
import {
  fromErrorDetail,
  type LocationChange,
  type ObjectOwner,
  type ObjectReference,
  type ObjectOutcome as WireOutcome,
} from '../../rpc/index.js';
import type { ObjectDirectory } from './object-directory.js';
import { ObjectEntry } from './object-entry.js';
import { OwnerLine, type OwnerLineOptions } from './owner-line.js';

export interface OwnerLineParts extends Pick<OwnerLineOptions, 'open' | 'isRefused' | 'clock' | 'graceMs'> {
  /** Told what is kept in object stores by borrowing, in bytes. */
  keeps(bytes: number): void;
}

/** The objects of other processes that this one has refs to, and the lines to their owners. */
export class BorrowedObjects {
  readonly #workerId: string;
  readonly #directory: ObjectDirectory;
  readonly #parts: OwnerLineParts;
  readonly #lines = new Map<string, OwnerLine>();
  readonly #died = new Map<string, (objectId: string) => OwnerDiedError>();

  constructor(workerId: string, directory: ObjectDirectory, parts: OwnerLineParts) {
    this.#workerId = workerId;
    this.#directory = directory;
    this.#parts = parts;
  }

  /** Begins to borrow an object that is not in the directory. Count it in the same turn. */
  borrow({ objectId, owner, storedBytes }: ObjectReference): ObjectEntry {
    const entry = ObjectEntry.borrowed(objectId as ObjectId, owner!);
    this.#directory.add(entry);
    this.#parts.keeps(storedBytes);
    const died = this.#died.get(owner!.workerId);
    if (died) entry.settle({ kind: 'error', error: died(entry.id) });
    else this.#line(owner!).borrow(entry.id);
    return entry;
  }

  /** Settles, never rejects, when the owner counts the borrow or is gone; undefined when it does so already. */
  acknowledged(entry: ObjectEntry): Promise<void> | undefined {
    return this.#lines.get(entry.owner!.workerId)?.acknowledged(entry.id);
  }

  /** Has the entry settled as soon as its owner knows the outcome. */
  want(entry: ObjectEntry): void {
    const died = this.#died.get(entry.owner!.workerId);
    if (died) entry.settle({ kind: 'error', error: died(entry.id) });
    else this.#line(entry.owner!).want(entry.id);
  }

  /** Tells the owner of a copy that came or that is gone. The object need not be borrowed. */
  tellLocation(owner: ObjectOwner, change: LocationChange): void {
    if (!this.#died.has(owner.workerId)) this.#line(owner).tellLocation(change);
  }

  /** Nothing here refers to the object any more. */
  giveBack(entry: ObjectEntry): void {
    this.#lines.get(entry.owner!.workerId)?.giveBack(entry.id);
  }

  /** Gives everything back; what was still to come fails with the error. */
  close(error: RayError): void {
    for (const entry of [...this.#directory.entries()]) {
      if (!entry.owner) continue;
      this.giveBack(entry);
      if (entry.state.kind === 'pending') entry.settle({ kind: 'error', error });
    }
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }

  #line(owner: ObjectOwner): OwnerLine {
    const line =
      this.#lines.get(owner.workerId) ??
      new OwnerLine({
        ...this.#parts,
        owner,
        workerId: this.#workerId,
        onOutcome: (outcome) => this.#onOutcome(outcome),
        onDied: (died) => this.#onDied(owner.workerId, died),
      });
    this.#lines.set(owner.workerId, line);
    return line;
  }

  #onOutcome({ objectId, value, stored, error }: WireOutcome): void {
    const entry = this.#directory.find(objectId);
    if (!entry?.owner) return;
    if (value) entry.settle({ kind: 'value', value });
    else if (stored) entry.settle({ kind: 'stored', stored });
    else {
      const reason = error
        ? fromErrorDetail(error)
        : new InternalError(`The owner of object ${objectId} sent no outcome.`);
      entry.settle({ kind: 'error', error: reason });
    }
  }

  /** Values that came before stay readable; what was still to come never will. */
  #onDied(ownerWorkerId: string, died: (objectId: string) => OwnerDiedError): void {
    this.#died.set(ownerWorkerId, died);
    this.#lines.delete(ownerWorkerId);
    for (const entry of this.#directory.entries()) {
      if (entry.owner?.workerId !== ownerWorkerId || entry.state.kind !== 'pending') continue;
      entry.settle({ kind: 'error', error: died(entry.id) });
    }
  }
}
