import {
  type Clock,
  Deferred,
  InvalidArgumentError,
  type NodeId,
  type ObjectId,
  ownerOf,
  type RayError,
  systemClock,
} from '../../core/index.js';
import type { NodeUpdate, ObjectOwner, StoredArgument, StoredObject, Value } from '../../rpc/index.js';
import type { Topic } from '../topic.js';
import { BorrowedObjects, type OwnerLineParts } from './borrowed-objects.js';
import { CallCodec, type HeldObject } from './call-codec.js';
import { CollectionPressure } from './collection-pressure.js';
import { FreeBatcher } from './free-batcher.js';
import { NodeDeaths } from './node-deaths.js';
import { ObjectDirectory } from './object-directory.js';
import { ObjectReader } from './object-reader.js';
import { entryOf, type ObjectRef } from './object-ref.js';
import type { ObjectStoreClient } from './object-store-client.js';
import type {
  DecodedArguments,
  EncodedArguments,
  EncodedResult,
  Lineage,
  ObjectOutcome,
  Objects,
  ResultTarget,
} from './objects.js';
import { OwnedObjects } from './owned-objects.js';
import { type BorrowerStream, OwnerService } from './owner-service.js';
import { ReferenceAdopter } from './reference-adopter.js';
import { type PackedValue, ReferencePacker } from './reference-packer.js';

/** What a process must be connected for: to share its objects, and to store large ones. */
export interface ObjectsNetwork {
  /** Where this process answers borrowers, host:port; begins to answer when it is first asked. */
  readonly address: () => string | Promise<string>;
  readonly store: ObjectStoreClient;
  readonly openLine: OwnerLineParts['open'];
  readonly isRefused: OwnerLineParts['isRefused'];
}

export interface ProcessObjectsOptions {
  readonly workerId: string;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** How long a borrower and an owner that lost each other may take to meet again; default 10 s. */
  readonly graceMs?: number;
}

/**
 * The objects of this process, put together of their parts. Refs may be made and small values put before the process is
 * connected; what needs others waits for it.
 */
export class ProcessObjects implements Objects {
  readonly workerId: string;
  readonly #network = new Deferred<ObjectsNetwork>();
  #connected: ObjectsNetwork | undefined;
  #self: ObjectOwner | Promise<ObjectOwner> | undefined;
  readonly #deaths = new NodeDeaths();
  readonly #directory: ObjectDirectory;
  readonly #copies: FreeBatcher;
  readonly #owned: OwnedObjects;
  readonly #borrowed: BorrowedObjects;
  readonly #packer: ReferencePacker;
  readonly #reader: ObjectReader;
  readonly #codec: CallCodec;
  readonly #service: OwnerService;

  constructor({ workerId, clock = systemClock, graceMs }: ProcessObjectsOptions) {
    this.workerId = workerId;
    const grace = graceMs === undefined ? {} : { graceMs };
    const directory = new ObjectDirectory((entry) => {
      if (entry.owner) this.#borrowed.giveBack(entry);
      else this.#owned.onUnreferenced(entry);
    });
    const pressure = new CollectionPressure(clock);
    const keeps = (bytes: number): void => pressure.keeps(bytes);
    const givesUp = (bytes: number): void => pressure.givesUp(bytes);
    const borrowed = new BorrowedObjects(workerId, directory, {
      // A ref of another process comes by a connection.
      open: (owner) => this.#connected!.openLine(owner),
      isRefused: (owner) => this.#connected!.isRefused(owner),
      clock,
      keeps,
      ...grace,
    });
    const adopter = new ReferenceAdopter(workerId, directory, borrowed);
    const deaths = this.#deaths;
    const copies = new FreeBatcher(
      () => this.#connected?.store,
      (nodeId) => deaths.isDead(nodeId),
    );
    const contain = adopter.contain.bind(adopter);
    const owned = new OwnedObjects({ workerId, directory, copies, deaths, keeps, givesUp, contain });
    const self = (): ObjectOwner | Promise<ObjectOwner> => {
      this.#self ??= this.#becomeOwner();
      return this.#self;
    };
    const store = async (): Promise<ObjectStoreClient> => (await this.#network.promise).store;
    deaths.onDeath((nodeId) => owned.onNodeDied(nodeId));
    this.#directory = directory;
    this.#copies = copies;
    this.#owned = owned;
    this.#borrowed = borrowed;
    this.#packer = new ReferencePacker(directory, self);
    this.#reader = new ObjectReader({ workerId, directory, owned, borrowed, adopter, store, deaths, keeps });
    const putHeld = (packed: PackedValue): Promise<HeldObject> => this.#putHeld(packed);
    this.#codec = new CallCodec({ packer: this.#packer, reader: this.#reader, self, store, putHeld });
    this.#service = new OwnerService({ workerId, directory, owned, ...grace });
  }

  /** Objects that are counted: what leaks would show in. */
  get numCounted(): number {
    return this.#directory.size;
  }

  get isConnected(): boolean {
    return this.#connected !== undefined;
  }

  /** The process is part of a cluster now. */
  connect(network: ObjectsNetwork): void {
    this.#connected = network;
    this.#network.resolve(network);
  }

  /** Handles a stream of WorkerService.Objects. */
  serve(stream: BorrowerStream): void {
    this.#service.serve(stream);
  }

  createPending(count: number, lineage?: Lineage): ObjectRef<unknown>[] {
    return Array.from({ length: count }, () => this.createPendingOne(lineage));
  }

  createPendingOne(lineage?: Lineage): ObjectRef<unknown> {
    return this.#owned.create({ origin: 'call', lineage });
  }

  createStreamItem(stream: ObjectRef<unknown>, index: number): ObjectRef<unknown> {
    return this.#owned.createStreamItem(stream, index);
  }

  createCounted(onUnreferenced: () => void): ObjectRef<unknown> {
    const ref = this.#owned.create({ origin: 'counted', onUnreferenced });
    this.#directory.startCounting(ref);
    return ref;
  }

  numberOf(ref: ObjectRef<unknown>): number {
    return entryOf(ref).number;
  }

  settle(target: ObjectRef<unknown> | ObjectId, outcome: ObjectOutcome): Promise<void> | undefined {
    return this.#owned.settle(target, outcome);
  }

  encodeArguments(args: readonly unknown[]): EncodedArguments | Promise<EncodedArguments> {
    return this.#codec.encodeArguments(args);
  }

  decodeArguments(
    args: Value | null | undefined,
    storedArgs: readonly StoredArgument[],
  ): DecodedArguments | Promise<DecodedArguments> {
    return this.#codec.decodeArguments(args, storedArgs);
  }

  encodeResult(value: unknown, target: ResultTarget): EncodedResult | Promise<EncodedResult> {
    return this.#codec.encodeResult(value, target);
  }

  async put<T>(value: T): Promise<ObjectRef<T>> {
    const packed = this.#packer.pack(value, 'shared');
    return this.#putPacked(packed instanceof Promise ? await packed : packed) as Promise<ObjectRef<T>>;
  }

  read<T>(ref: ObjectRef<T>): T | Promise<T> {
    return this.#reader.read(ref) as T | Promise<T>;
  }

  /**
   * Calls the listener when the ref has an error or a value, with `isFetched` when a large value is on this host; at once if
   * so. The function returned ends the wait. Whoever waits keeps the ref.
   */
  whenReady(ref: ObjectRef<unknown>, isFetched: boolean, listener: () => void): () => void {
    return this.#reader.whenSettled(ref, ({ kind }) => {
      if (kind !== 'stored' || !isFetched) listener();
      // An error is an outcome too: whoever gets the ref is told.
      else void Promise.resolve(this.#reader.read(ref)).then(listener, listener);
    });
  }

  /**
   * Gives the values up, whoever still has refs to them.
   * @throws {InvalidArgumentError} for refs that another process made; nothing is freed then.
   */
  free(refs: readonly ObjectRef<unknown>[]): void {
    const foreign = refs.find((ref) => entryOf(ref).owner);
    if (foreign) {
      throw new InvalidArgumentError(
        `Object ${foreign.id} can only be freed by the process that made the ref, worker ${ownerOf(foreign.id)}.`,
      );
    }
    for (const ref of refs) this.#owned.free(ref);
  }

  /** A session with the head began: what it says of nodes counts. Copies on dead ones are forgotten. */
  followNodes(updates: Topic<NodeId, NodeUpdate>): void {
    this.#deaths.attach(updates);
  }

  /** What still waits for others fails; gives back what it borrows, tells its borrowers that it ends, and has the copies of its objects freed. */
  async close(error: RayError): Promise<void> {
    this.#network.reject(error);
    this.#borrowed.close(error);
    this.#service.close();
    this.#owned.freeCopies();
    await this.#copies.flush();
    this.#connected?.store.close();
  }

  async #putPacked({ value, isInline, release }: PackedValue): Promise<ObjectRef<unknown>> {
    const ref = this.#owned.create({ origin: 'put' });
    try {
      void this.#owned.settle(ref, isInline ? { value } : { stored: await this.#store(ref.id, value) });
      return ref;
    } finally {
      release?.();
    }
  }

  async #putHeld({ value, release }: PackedValue): Promise<HeldObject> {
    const held = this.#owned.createHeld();
    const { id } = held.entry;
    try {
      const stored = await this.#store(id, value);
      void this.#owned.settle(id, { stored });
      return { objectId: id, stored, release: held.release };
    } catch (error) {
      held.release();
      throw error;
    } finally {
      release?.();
    }
  }

  async #store(objectId: ObjectId, value: Value): Promise<StoredObject> {
    const { store } = await this.#network.promise;
    // Told first, the store can give this object the file of one that was freed just now.
    void this.#copies.flush();
    return store.put(objectId, this.workerId, value);
  }

  async #becomeOwner(): Promise<ObjectOwner> {
    const { address } = await this.#network.promise;
    const self = { workerId: this.workerId, rpcAddress: await address() };
    this.#self = self;
    return self;
  }
}
