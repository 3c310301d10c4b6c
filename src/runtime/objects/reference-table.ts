import type { ObjectId } from '../../core/index.js';

/** Why a process keeps an object, its own or one that it borrows. */
export interface References {
  /** ObjectRefs in this process. */
  readonly numLocal: number;
  /** Work under way that needs it: calls that it was sent with, reads. */
  readonly numHolds: number;
  /** Objects kept here whose value holds a ref to it. */
  readonly numContainers: number;
  /** Worker ids of the processes that borrow it; only for an object of this process. */
  readonly borrowers: ReadonlySet<string>;
  /** The objects to which its own value holds refs, each once. */
  readonly contents: readonly ObjectId[];
}

export type ReferenceEvent =
  | { readonly kind: 'local' | 'hold' | 'container'; readonly change: 1 | -1 }
  | { readonly kind: 'borrowed' | 'returned'; readonly workerId: string }
  /** Its value is known, or another one came, or (with none) it was freed. */
  | { readonly kind: 'contents'; readonly objectIds: readonly ObjectId[] };

const UNREFERENCED: References = {
  numLocal: 0,
  numHolds: 0,
  numContainers: 0,
  borrowers: new Set(),
  contents: [],
};

function isReferenced({ numLocal, numHolds, numContainers, borrowers }: References): boolean {
  return numLocal > 0 || numHolds > 0 || numContainers > 0 || borrowers.size > 0;
}

/** The references after an event. Borrowing twice and returning what was not borrowed change nothing. */
function applyReferenceEvent(references: References, event: ReferenceEvent): References {
  switch (event.kind) {
    case 'local':
      return { ...references, numLocal: references.numLocal + event.change };
    case 'hold':
      return { ...references, numHolds: references.numHolds + event.change };
    case 'container':
      return { ...references, numContainers: references.numContainers + event.change };
    case 'borrowed':
      return { ...references, borrowers: new Set(references.borrowers).add(event.workerId) };
    case 'returned':
      return { ...references, borrowers: without(references.borrowers, event.workerId) };
    case 'contents':
      return { ...references, contents: event.objectIds };
  }
}

function without(borrowers: ReadonlySet<string>, workerId: string): ReadonlySet<string> {
  const rest = new Set(borrowers);
  rest.delete(workerId);
  return rest;
}

/**
 * The references of all objects that a process counts. An object comes into it with its first event and leaves it with its
 * last reference; objects that hold refs to each other in a circle never leave (as in Ray).
 */
export class ReferenceTable {
  readonly #references = new Map<ObjectId, References>();

  get size(): number {
    return this.#references.size;
  }

  get(objectId: ObjectId): References | undefined {
    return this.#references.get(objectId);
  }

  /** @returns the objects that nothing refers to any more, which have left the table: it, and what it contained. */
  apply(objectId: ObjectId, event: ReferenceEvent): ObjectId[] {
    const unreferenced: ObjectId[] = [];
    const work: { readonly objectId: ObjectId; readonly event: ReferenceEvent }[] = [{ objectId, event }];
    for (let next = work.pop(); next; next = work.pop()) {
      const before = this.#references.get(next.objectId) ?? UNREFERENCED;
      let after = applyReferenceEvent(before, next.event);
      if (!isReferenced(after)) {
        after = { ...after, contents: [] };
        if (this.#references.delete(next.objectId)) unreferenced.push(next.objectId);
      } else this.#references.set(next.objectId, after);
      work.push(...containerEvents(before.contents, after.contents));
    }
    return unreferenced;
  }
}

/** Those that came are counted before those that went, so that what stays is never without a reference in between. */
function containerEvents(before: readonly ObjectId[], after: readonly ObjectId[]) {
  if (before === after) return [];
  const gone = before.map((objectId) => ({ objectId, event: { kind: 'container', change: -1 } as const }));
  const come = after.map((objectId) => ({ objectId, event: { kind: 'container', change: 1 } as const }));
  return [...gone, ...come]; // the last is worked on first
}
