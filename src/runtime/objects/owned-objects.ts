import { type NodeId, type ObjectId, type RayError, streamItemIdOf } from '../../core/index.js';
import type { ObjectLocation, ObjectReference, StoredObject } from '../../rpc/index.js';
import type { FreeBatcher } from './free-batcher.js';
import type { NodeDeaths } from './node-deaths.js';
import type { ObjectDirectory } from './object-directory.js';
import { ObjectEntry, type Ownership, type SettledState } from './object-entry.js';
import { objectLostError } from './object-lost-error.js';
import { entryOf, ObjectRef } from './object-ref.js';
import type { ObjectOutcome } from './objects.js';

export interface OwnedObjectsOptions {
  readonly workerId: string;
  readonly directory: ObjectDirectory;
  readonly copies: FreeBatcher;
  readonly deaths: NodeDeaths;
  /** Told what is kept in object stores, in bytes. */
  keeps(bytes: number): void;
  /** Told what the program itself gave up of that. */
  givesUp(bytes: number): void;
  /** See ReferenceAdopter. */
  contain(container: ObjectEntry, references: readonly ObjectReference[]): Promise<void> | undefined;
}

/** The objects that this process made: their outcomes, where their copies are, and their end. */
export class OwnedObjects {
  readonly #options: OwnedObjectsOptions;
  #lastNumber = 0;

  constructor(options: OwnedObjectsOptions) {
    this.#options = options;
  }

  create(ownership: Ownership): ObjectRef<unknown> {
    return new ObjectRef(this.#next(ownership));
  }

  /** An object without a ref: it is kept until `release` is called. */
  createHeld(): { readonly entry: ObjectEntry; readonly release: () => void } {
    const entry = this.#next({ origin: 'put' });
    this.#options.directory.add(entry);
    return { entry, release: this.#options.directory.hold(entry.id) };
  }

  createStreamItem(stream: ObjectRef<unknown>, index: number): ObjectRef<unknown> {
    return new ObjectRef(ObjectEntry.owned(streamItemIdOf(stream.id, index), { origin: 'call' }));
  }

  /** As {@link Objects.settle}. */
  settle(target: ObjectRef<unknown> | ObjectId, outcome: ObjectOutcome): Promise<void> | undefined {
    const { directory } = this.#options;
    const entry = typeof target === 'string' ? directory.find(target) : entryOf(target);
    if (!entry?.ownership || !mayTake(entry, outcome))
      return this.#drop(typeof target === 'string' ? target : target.id, outcome);
    if ('error' in outcome) {
      this.#end(entry, { kind: 'error', error: outcome.error });
      return undefined;
    }
    const references = 'value' in outcome ? outcome.value.references : outcome.stored.references;
    if (typeof target !== 'string' && ('stored' in outcome || references.length > 0)) directory.startCounting(target);
    const borrowed = references.length > 0 ? this.#options.contain(entry, references) : undefined;
    if ('value' in outcome) this.#end(entry, { kind: 'value', value: outcome.value });
    else this.#store(entry, outcome.stored);
    return borrowed;
  }

  /** A node brought itself a copy. Of an object that is gone already, the copy goes too. */
  addLocation(objectId: ObjectId, location: ObjectLocation): void {
    const { directory, deaths } = this.#options;
    if (deaths.isDead(location.nodeId)) return;
    const entry = directory.find(objectId);
    if (entry?.state.kind !== 'stored') {
      this.#options.copies.add(objectId, [location]);
      return;
    }
    deaths.follow(location.nodeId);
    const { stored } = entry.state;
    const others = stored.locations.filter(({ nodeId }) => nodeId !== location.nodeId);
    entry.settle({ kind: 'stored', stored: { ...stored, locations: [...others, location] } });
  }

  /** Copies could not be had. Without any left, the object is made again, or is lost. */
  lose(entry: ObjectEntry, lost: readonly ObjectLocation[], why: string): void {
    if (entry.state.kind !== 'stored') return;
    const { stored } = entry.state;
    const isLost = ({ nodeId }: ObjectLocation): boolean => lost.some((location) => location.nodeId === nodeId);
    const locations = stored.locations.filter((location) => !isLost(location));
    if (locations.length === stored.locations.length && locations.length > 0) return;
    // A node that was only out of reach may have its copy still.
    this.#options.copies.add(entry.id, stored.locations.filter(isLost));
    if (locations.length > 0) entry.settle({ kind: 'stored', stored: { ...stored, locations } });
    else this.#recover(entry, why);
  }

  /** The copies on that node are gone. */
  onNodeDied(nodeId: NodeId): void {
    for (const entry of [...this.#options.directory.entries()]) {
      const location =
        entry.ownership && entry.state.kind === 'stored' ? locationOn(entry.state.stored, nodeId) : undefined;
      if (location) this.lose(entry, [location], diedText(nodeId));
    }
  }

  /** Gives up the value, whoever still has refs to it. */
  free(ref: ObjectRef<unknown>): void {
    const entry = entryOf(ref);
    if (entry.state.kind === 'stored') {
      this.#options.copies.add(entry.id, entry.state.stored.locations);
      this.#options.givesUp(entry.state.stored.size);
    }
    if (this.#options.directory.find(entry.id)) {
      this.#options.directory.count(entry.id, { kind: 'contents', objectIds: [] });
    }
    this.#end(entry, { kind: 'error', error: objectLostError(entry.id, 'freed') });
  }

  /** No process has a ref left. */
  onUnreferenced({ id, state, ownership }: ObjectEntry): void {
    if (state.kind === 'stored') this.#options.copies.add(id, state.stored.locations);
    if (state.kind === 'stored' || state.kind === 'pending') ownership?.lineage?.forget(id);
    ownership?.onUnreferenced?.();
  }

  /** This process ends, and its objects with it. */
  freeCopies(): void {
    for (const { id, ownership, state } of this.#options.directory.entries()) {
      if (ownership && state.kind === 'stored') this.#options.copies.add(id, state.stored.locations);
    }
  }

  #next(ownership: Ownership): ObjectEntry {
    this.#lastNumber++;
    return ObjectEntry.numbered(this.#options.workerId, this.#lastNumber, ownership);
  }

  #store(entry: ObjectEntry, stored: StoredObject): void {
    if (entry.state.kind === 'stored') {
      const replaced = entry.state.stored.locations.filter(({ nodeId }) => !locationOn(stored, nodeId as NodeId));
      this.#options.copies.add(entry.id, replaced);
    }
    this.#options.keeps(stored.size);
    entry.settle({ kind: 'stored', stored });
    for (const location of stored.locations) {
      if (this.#options.deaths.isDead(location.nodeId)) this.lose(entry, [location], diedText(location.nodeId));
      else this.#options.deaths.follow(location.nodeId);
    }
  }

  #recover(entry: ObjectEntry, why: string): void {
    const { lineage, origin } = entry.ownership!;
    entry.becomePending();
    const error: RayError | undefined = lineage
      ? lineage.recover(entry.id)
      : objectLostError(entry.id, origin === 'put' ? 'put' : 'not-reconstructable', why);
    if (error) this.#end(entry, { kind: 'error', error });
  }

  /** From here on it can't be lost. */
  #end(entry: ObjectEntry, state: SettledState): void {
    const isLosable = entry.state.kind === 'pending' || entry.state.kind === 'stored';
    entry.settle(state);
    if (isLosable) entry.ownership?.lineage?.forget(entry.id);
  }

  #drop(objectId: ObjectId, outcome: ObjectOutcome): Promise<void> | undefined {
    if ('error' in outcome) return undefined;
    if ('stored' in outcome) this.#options.copies.add(objectId, outcome.stored.locations);
    const { references } = 'stored' in outcome ? outcome.stored : outcome.value;
    return references.length > 0 ? Promise.resolve() : undefined;
  }
}

/** The first outcome stands; that of a call that ran again, because another of its results was lost, replaces the copies. */
const mayTake = ({ state }: ObjectEntry, outcome: ObjectOutcome): boolean =>
  state.kind === 'pending' || (state.kind === 'stored' && 'stored' in outcome);

const locationOn = ({ locations }: StoredObject, nodeId: NodeId): ObjectLocation | undefined =>
  locations.find((location) => location.nodeId === nodeId);

const diedText = (nodeId: string): string => `Node ${nodeId} died.`;
