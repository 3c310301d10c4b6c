import { type ObjectId, OwnerDiedError, ownerOf } from '../../core/index.js';
import type { BorrowerMessage, MessageStream, OwnerMessage } from '../../rpc/index.js';
import type { ObjectDirectory } from './object-directory.js';
import { objectLostError } from './object-lost-error.js';
import type { OwnedObjects } from './owned-objects.js';
import { BORROW_GRACE_MS } from './owner-line.js';
import { OwnerOutbox } from './owner-outbox.js';

export type BorrowerStream = MessageStream<BorrowerMessage, OwnerMessage>;

export interface OwnerServiceOptions {
  /** Of this process. */
  readonly workerId: string;
  readonly directory: ObjectDirectory;
  readonly owned: OwnedObjects;
  /** Default {@link BORROW_GRACE_MS}. */
  readonly graceMs?: number | undefined;
}

interface OpenLink {
  readonly kind: 'open';
  readonly stream: BorrowerStream;
  readonly outbox: OwnerOutbox;
}

/** A process that borrows from this one. It outlives its stream by the grace. */
interface Borrower {
  readonly workerId: string;
  readonly borrowed: Set<ObjectId>;
  link: OpenLink | { readonly kind: 'away'; readonly timer: NodeJS.Timeout };
}

/** Answers the lines of borrowers: counts what they borrow, and sends the outcomes that they want. */
export class OwnerService {
  readonly #options: OwnerServiceOptions;
  readonly #borrowers = new Map<string, Borrower>();
  #state: 'open' | 'closed' = 'open';

  constructor(options: OwnerServiceOptions) {
    this.#options = options;
  }

  /** Handles one stream of WorkerService.Objects. */
  serve(stream: BorrowerStream): void {
    let borrower: Borrower | undefined;
    stream.receive((message) => {
      if (!borrower && !stream.isEnded) borrower = this.#greet(stream, message);
      if (borrower?.link.kind === 'open' && borrower.link.stream === stream) this.#take(borrower, message);
    });
    stream.onEnd(() => {
      if (borrower?.link.kind !== 'open' || borrower.link.stream !== stream) return;
      borrower.link.outbox.close();
      this.#onAway(borrower);
    });
  }

  /** Tells borrowers that wait that this process ends. Their borrows count no more. */
  close(): void {
    this.#state = 'closed';
    for (const { link } of this.#borrowers.values()) {
      if (link.kind === 'open') link.stream.close(this.#ended());
      else clearTimeout(link.timer);
    }
    this.#borrowers.clear();
  }

  #greet(stream: BorrowerStream, { handshake, borrowed }: BorrowerMessage): Borrower | undefined {
    if (this.#state === 'closed' || !handshake?.workerId || handshake.ownerWorkerId !== this.#options.workerId) {
      stream.close(this.#ended(handshake?.ownerWorkerId));
      return undefined;
    }
    const { workerId } = handshake;
    const before = this.#borrowers.get(workerId);
    const link: OpenLink = { kind: 'open', stream, outbox: new OwnerOutbox((answer) => void stream.send(answer)) };
    const borrower: Borrower = { workerId, borrowed: before?.borrowed ?? new Set(), link };
    this.#borrowers.set(workerId, borrower);
    if (before?.link.kind === 'away') clearTimeout(before.link.timer);
    else if (before) this.#replace(before.link);
    // It says everything that it has: what is missing was returned while it was away.
    const kept = new Set(borrowed);
    for (const objectId of [...borrower.borrowed]) if (!kept.has(objectId)) this.#giveBack(borrower, objectId);
    link.outbox.greet();
    return borrower;
  }

  /** The borrower came back before its old stream was found broken. */
  #replace({ stream, outbox }: OpenLink): void {
    outbox.close();
    stream.close();
  }

  #take(borrower: Borrower, { borrowed, returned, wanted, locations }: BorrowerMessage): void {
    for (const objectId of borrowed as ObjectId[]) this.#lend(borrower, objectId);
    for (const { objectId, location, lost } of locations) {
      if (!location || ownerOf(objectId) !== this.#options.workerId) continue;
      const entry = this.#options.directory.find(objectId);
      if (!lost) this.#options.owned.addLocation(objectId as ObjectId, location);
      else if (entry) this.#options.owned.lose(entry, [location], `Node ${location.nodeId} does not have it any more.`);
    }
    for (const objectId of wanted as ObjectId[]) this.#promise(borrower, objectId);
    for (const objectId of returned as ObjectId[]) this.#giveBack(borrower, objectId);
  }

  #lend(borrower: Borrower, objectId: ObjectId): void {
    if (this.#options.directory.find(objectId)) {
      borrower.borrowed.add(objectId);
      this.#options.directory.count(objectId, { kind: 'borrowed', workerId: borrower.workerId });
    }
    if (borrower.link.kind === 'open') borrower.link.outbox.acknowledge(objectId);
  }

  #giveBack(borrower: Borrower, objectId: ObjectId): void {
    if (!borrower.borrowed.delete(objectId)) return;
    this.#options.directory.count(objectId, { kind: 'returned', workerId: borrower.workerId });
  }

  /** Sends the outcome by this stream when there is one; on another stream the borrower asks again. */
  #promise(borrower: Borrower, objectId: ObjectId): void {
    if (borrower.link.kind !== 'open') return;
    const { outbox } = borrower.link;
    const entry = this.#options.directory.find(objectId);
    if (entry?.ownership) outbox.promise(entry);
    else outbox.answer(objectId, { kind: 'error', error: objectLostError(objectId, 'freed') });
  }

  #onAway(borrower: Borrower): void {
    if (this.#state === 'closed') return;
    if (borrower.borrowed.size === 0) {
      this.#borrowers.delete(borrower.workerId);
      return;
    }
    const timer = setTimeout(() => this.#onGone(borrower), this.#options.graceMs ?? BORROW_GRACE_MS).unref();
    borrower.link = { kind: 'away', timer };
  }

  #onGone(borrower: Borrower): void {
    this.#borrowers.delete(borrower.workerId);
    for (const objectId of [...borrower.borrowed]) this.#giveBack(borrower, objectId);
  }

  #ended(wanted: string = this.#options.workerId): OwnerDiedError {
    return this.#state === 'closed'
      ? new OwnerDiedError(`Worker ${this.#options.workerId} has ended, and its objects with it.`)
      : new OwnerDiedError(`Worker ${wanted} does not run here any more; this is worker ${this.#options.workerId}.`);
  }
}
