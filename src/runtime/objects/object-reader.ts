import type { ObjectId } from '../../core/index.js';
import { decodeValue, type ObjectOwner, type StoredObject, type Value } from '../../rpc/index.js';
import type { BorrowedObjects } from './borrowed-objects.js';
import type { NodeDeaths } from './node-deaths.js';
import type { ObjectDirectory } from './object-directory.js';
import type { ObjectEntry, SettledState } from './object-entry.js';
import { objectLostError } from './object-lost-error.js';
import { entryOf, type ObjectRef } from './object-ref.js';
import type { ObjectStoreClient, OpenOutcome } from './object-store-client.js';
import { openLivingCopy } from './open-living-copy.js';
import type { OwnedObjects } from './owned-objects.js';
import type { ReferenceAdopter } from './reference-adopter.js';
import { withOwnSegments } from './reference-packer.js';

/** How often the copies that an owner names are tried before one gives up: each time others are named, or made. */
const MAX_ATTEMPTS = 10;

export interface ObjectReaderOptions {
  readonly workerId: string;
  readonly directory: ObjectDirectory;
  readonly owned: OwnedObjects;
  readonly borrowed: BorrowedObjects;
  readonly adopter: ReferenceAdopter;
  readonly store: () => Promise<ObjectStoreClient>;
  readonly deaths: NodeDeaths;
  /** Told what is kept in object stores by values that are open, in bytes. */
  readonly keeps: (bytes: number) => void;
}

/** What a value holds for the program, and when the owners of the refs inside know of this process. */
export interface OpenedValue {
  readonly value: unknown;
  /** Settles, never rejects; undefined when they know already. */
  readonly borrowed: Promise<void> | undefined;
}

/** Gets the values of objects, wherever they are. */
export class ObjectReader {
  readonly #options: ObjectReaderOptions;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /** As {@link Objects.read}. */
  read(ref: ObjectRef<unknown>): unknown {
    const entry = entryOf(ref);
    const { state } = entry;
    if (state.kind === 'value') return this.#openKept(entry, state.value);
    if (state.kind === 'error') throw state.error;
    if (state.kind === 'stored' || entry.owner) return this.#readLater(ref);
    return new Promise((resolve, reject) => {
      entry.whenSettled((settled) => {
        if (settled.kind === 'error') reject(settled.error);
        else if (settled.kind === 'stored') resolve(this.#readLater(ref));
        else resolve(this.#openKept(entry, settled.value));
      });
    });
  }

  /**
   * Calls the listener with the state once it is not pending, at once if it is not; a borrowed object's owner is asked. The
   * function returned ends the wait. Whoever waits keeps the ref.
   */
  whenSettled(ref: ObjectRef<unknown>, listener: (state: SettledState) => void): () => void {
    const entry = entryOf(ref);
    const isPending = entry.state.kind === 'pending';
    const cancel = entry.whenSettled(listener);
    if (isPending && entry.owner) this.#options.borrowed.want(entry);
    return cancel;
  }

  /** As {@link whenSettled}. */
  settled(ref: ObjectRef<unknown>): SettledState | Promise<SettledState> {
    const { state } = entryOf(ref);
    if (state.kind !== 'pending') return state;
    return new Promise((resolve) => {
      this.whenSettled(ref, resolve);
    });
  }

  /** A value that arrived. Its arrays are views of the received memory. */
  open(value: Value | null | undefined): OpenedValue {
    if (!value || value.references.length === 0) return { value: decodeValue(value), borrowed: undefined };
    const refs: ObjectRef<unknown>[] = [];
    const opened = decodeValue(value, (reference) => {
      const ref = this.#options.adopter.open(reference);
      refs.push(ref);
      return ref;
    });
    return { value: opened, borrowed: this.#options.adopter.acknowledged(refs.map(entryOf)) };
  }

  /** The value of a stored object that need not be borrowed here: an argument, which its caller holds. */
  async openStored(objectId: ObjectId, owner: ObjectOwner, stored: StoredObject): Promise<OpenedValue> {
    const outcome = await this.#openCopy(objectId, owner, stored);
    if (outcome.kind === 'opened') return this.open(outcome.value);
    const ref = this.#options.adopter.open({ objectId, owner, storedBytes: stored.size });
    return { value: await this.#readLater(ref), borrowed: undefined };
  }

  async #readLater(ref: ObjectRef<unknown>): Promise<unknown> {
    const release = this.#options.directory.hold(ref.id);
    try {
      return await this.#readHeld(entryOf(ref), ref);
    } finally {
      release();
    }
  }

  async #readHeld(entry: ObjectEntry, ref: ObjectRef<unknown>): Promise<unknown> {
    const owner = entry.owner ?? { workerId: this.#options.workerId, rpcAddress: '' };
    let reason = '';
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const state = await this.settled(ref);
      if (state.kind === 'error') throw state.error;
      if (state.kind === 'value') return this.#openKept(entry, state.value);
      const outcome = await this.#openCopy(entry.id, owner, state.stored);
      if (outcome.kind === 'opened') return this.#openHeld(entry, outcome.value);
      reason = outcome.reason;
      // Unless its owner has said something since.
      if (entry.owner && entry.state === state) entry.becomePending();
    }
    throw objectLostError(entry.id, 'unreachable', reason);
  }

  async #openCopy(objectId: ObjectId, owner: ObjectOwner, stored: StoredObject): Promise<OpenOutcome> {
    const { deaths } = this.#options;
    const store = await this.#options.store();
    const onLate = (late: OpenOutcome): void => {
      if (late.kind === 'opened') this.#tell(objectId, owner, stored, late);
    };
    const outcome = await openLivingCopy(objectId, owner.workerId, stored, { store, deaths, onLate });
    this.#tell(objectId, owner, stored, outcome);
    return outcome;
  }

  /** A value that is kept here for others to read: its arrays are copied. */
  #openKept(entry: ObjectEntry, value: Value): unknown {
    return this.#openHeld(entry, withOwnSegments(value));
  }

  /** The object is kept, and with it what it refers to, until that is borrowed by itself. */
  #openHeld(entry: ObjectEntry, encoded: Value): unknown {
    const { value, borrowed } = this.open(encoded);
    if (borrowed && entry.owner) void borrowed.then(this.#options.directory.hold(entry.id));
    return value;
  }

  /** Tells the owner, this process or another, of copies that came and that are gone. */
  #tell(objectId: ObjectId, owner: ObjectOwner, { locations, size }: StoredObject, outcome: OpenOutcome): void {
    const { owned, borrowed, directory, workerId, keeps } = this.#options;
    const copiedTo = outcome.kind === 'opened' ? outcome.copiedTo : undefined;
    const lost = outcome.kind === 'opened' ? outcome.lost : locations;
    if (outcome.kind === 'opened') keeps(size);
    if (owner.workerId === workerId) {
      if (copiedTo) owned.addLocation(objectId, copiedTo);
      const entry = directory.find(objectId);
      if (entry && lost.length > 0) owned.lose(entry, lost, outcome.kind === 'lost' ? outcome.reason : '');
      return;
    }
    for (const location of lost) borrowed.tellLocation(owner, { objectId, location, lost: true });
    if (copiedTo) borrowed.tellLocation(owner, { objectId, location: copiedTo, lost: false });
  }
}
