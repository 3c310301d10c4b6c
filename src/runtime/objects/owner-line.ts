import { type Clock, Deferred, type ObjectId, type OwnerDiedError, type RayError } from '../../core/index.js';
import type {
  BorrowerMessage,
  LocationChange,
  MessageStream,
  ObjectOwner,
  OwnerMessage,
  ObjectOutcome as WireOutcome,
} from '../../rpc/index.js';
import { BorrowedSet } from './borrowed-set.js';
import { ownerDiedError } from './owner-died-error.js';

/** How long a borrower and an owner that lost each other may take to meet again. */
export const BORROW_GRACE_MS = 10_000;
const RETRY_MS = 250;
/** A stream that says nothing is closed after this; the next ref opens another. */
const LINGER_MS = 5_000;

export interface OwnerStream {
  readonly stream: MessageStream<OwnerMessage, BorrowerMessage>;
  /** Lets go of the connection. */
  close(): void;
}

export interface OwnerLineOptions {
  readonly owner: ObjectOwner;
  /** Of this process. */
  readonly workerId: string;
  open(owner: ObjectOwner): OwnerStream;
  /** True when the owner's host says that nobody listens there: the process is gone. */
  isRefused(owner: ObjectOwner): Promise<boolean>;
  onOutcome(outcome: WireOutcome): void;
  /** The owner is gone: called once. What is wanted will never come, and what is borrowed counts no more. */
  onDied(died: (objectId: string) => OwnerDiedError): void;
  readonly clock: Clock;
  /** Default {@link BORROW_GRACE_MS}. */
  readonly graceMs?: number;
}

type LineState =
  | { readonly kind: 'idle' }
  /** Since when the owner has not been heard; undefined once it has been on this stream. */
  | {
      readonly kind: 'open';
      readonly link: OwnerStream;
      readonly silentSinceMs: number | undefined;
      readonly timer: NodeJS.Timeout | undefined;
    }
  | { readonly kind: 'broken'; readonly sinceMs: number; readonly timer: NodeJS.Timeout | undefined }
  | { readonly kind: 'closed' };

/**
 * A borrower's line to the owner of objects. The stream is opened when there is something to say, carries what is said in
 * one turn of the event loop as one message, and says everything again when it had to be opened anew.
 */
export class OwnerLine {
  readonly #options: OwnerLineOptions;
  readonly #graceMs: number;
  readonly #refs = new BorrowedSet();
  readonly #awaited = new Map<ObjectId, Deferred<void>>();
  #locations: LocationChange[] = [];
  #state: LineState = { kind: 'idle' };
  #sending: 'nothing' | 'scheduled' = 'nothing';

  constructor(options: OwnerLineOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? BORROW_GRACE_MS;
  }

  borrow(objectId: ObjectId): void {
    this.#refs.borrow(objectId);
    this.#schedule();
  }

  giveBack(objectId: ObjectId): void {
    this.#refs.giveBack(objectId);
    this.#stopAwaiting(objectId);
    this.#schedule();
  }

  /** Settles, never rejects, when the owner counts the borrow or is gone; undefined when it does so already. */
  acknowledged(objectId: ObjectId): Promise<void> | undefined {
    if (this.#state.kind === 'closed' || this.#refs.isAcknowledged(objectId)) return undefined;
    const awaited = this.#awaited.get(objectId) ?? new Deferred<void>();
    this.#awaited.set(objectId, awaited);
    return awaited.promise;
  }

  /** Has the object's outcome sent as soon as there is one. */
  want(objectId: ObjectId): void {
    this.#refs.want(objectId);
    this.#schedule();
  }

  tellLocation(change: LocationChange): void {
    this.#locations.push(change);
    this.#schedule();
  }

  /** Says what is to be said, and ends the stream in order. */
  close(): void {
    if (this.#state.kind === 'open') this.#flush();
    this.#becomeClosed();
  }

  #schedule(): void {
    if (this.#sending === 'scheduled' || this.#state.kind === 'closed' || this.#state.kind === 'broken') return;
    this.#sending = 'scheduled';
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#sending = 'nothing';
    if (this.#state.kind === 'idle') this.#open(undefined);
    else if (this.#state.kind === 'open') this.#say(this.#state.link, {});
    if (this.#state.kind === 'open' && this.#state.silentSinceMs === undefined) this.#watchIdle(this.#state.link);
  }

  #say(link: OwnerStream, first: { readonly handshake?: BorrowerMessage['handshake'] }): void {
    const news = this.#refs.takeNews();
    const locations = this.#locations;
    this.#locations = [];
    const size = news.borrowed.length + news.returned.length + news.wanted.length + locations.length;
    if (size > 0 || first.handshake) void link.stream.send({ ...first, ...news, locations });
  }

  /** @param brokenSinceMs undefined when the owner was not lost. */
  #open(brokenSinceMs: number | undefined): void {
    const { owner, workerId, open, clock } = this.#options;
    const silentSinceMs = brokenSinceMs ?? clock.now();
    const link = open(owner);
    const patienceMs = Math.max(0, silentSinceMs + this.#graceMs - clock.now());
    const timer = setTimeout(() => link.stream.close(new Error('the owner is silent')), patienceMs).unref();
    this.#state = { kind: 'open', link, silentSinceMs, timer };
    link.stream.receive((message) => this.#receive(link, message));
    link.stream.onEnd((end) => this.#onEnd(link, end));
    this.#refs.forgetTold();
    this.#say(link, { handshake: { workerId, ownerWorkerId: owner.workerId } });
  }

  #receive(link: OwnerStream, message: OwnerMessage): void {
    if (this.#state.kind !== 'open' || this.#state.link !== link) return;
    if (this.#state.silentSinceMs !== undefined) {
      clearTimeout(this.#state.timer);
      this.#state = { kind: 'open', link, silentSinceMs: undefined, timer: undefined };
    }
    for (const objectId of message.borrowed as ObjectId[]) {
      this.#refs.acknowledge(objectId);
      if (this.#refs.isAcknowledged(objectId)) this.#stopAwaiting(objectId);
    }
    for (const outcome of message.outcomes) {
      this.#refs.answered(outcome.objectId as ObjectId);
      this.#options.onOutcome(outcome);
    }
    this.#watchIdle(link);
  }

  #watchIdle(link: OwnerStream): void {
    if (this.#state.kind !== 'open' || this.#state.link !== link) return;
    clearTimeout(this.#state.timer);
    if (!this.#refs.isEmpty) return;
    const timer = setTimeout(() => this.#becomeIdle(link), LINGER_MS).unref();
    this.#state = { kind: 'open', link, silentSinceMs: undefined, timer };
  }

  #becomeIdle(link: OwnerStream): void {
    if (!this.#refs.isEmpty || this.#sending === 'scheduled') return;
    this.#state = { kind: 'idle' };
    link.stream.close();
    link.close();
  }

  #onEnd(link: OwnerStream, end: RayError | undefined): void {
    if (this.#state.kind !== 'open' || this.#state.link !== link) return;
    const sinceMs = this.#state.silentSinceMs ?? this.#options.clock.now();
    clearTimeout(this.#state.timer);
    link.close();
    if (end?.code === 'RAY_OWNER_DIED') this.#die('another process has its address');
    else if (this.#refs.isEmpty && this.#locations.length === 0) this.#state = { kind: 'idle' };
    else {
      this.#state = { kind: 'broken', sinceMs, timer: undefined };
      void this.#examine(sinceMs, end);
    }
  }

  async #examine(sinceMs: number, end: RayError | undefined): Promise<void> {
    const isRefused = await this.#options.isRefused(this.#options.owner);
    if (this.#state.kind !== 'broken') return;
    const awayMs = this.#options.clock.now() - sinceMs;
    if (isRefused) this.#die('its process has ended');
    else if (awayMs >= this.#graceMs) {
      this.#die(`it could not be reached for ${(awayMs / 1_000).toFixed(0)} s${end ? ` (${end.message})` : ''}`);
    } else {
      const timer = setTimeout(() => this.#open(sinceMs), RETRY_MS);
      this.#state = { kind: 'broken', sinceMs, timer };
    }
  }

  #die(why: string): void {
    this.#becomeClosed();
    this.#options.onDied((objectId) => ownerDiedError(objectId, this.#options.owner, why));
  }

  #becomeClosed(): void {
    const before = this.#state;
    if (before.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    if (before.kind === 'broken' || before.kind === 'open') clearTimeout(before.timer);
    if (before.kind === 'open') {
      before.link.stream.close();
      before.link.close();
    }
    for (const objectId of [...this.#awaited.keys()]) this.#stopAwaiting(objectId);
  }

  #stopAwaiting(objectId: ObjectId): void {
    this.#awaited.get(objectId)?.resolve();
    this.#awaited.delete(objectId);
  }
}
