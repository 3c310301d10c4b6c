import type { RayError } from '../../core/index.js';
import {
  type Call,
  type CallHandshake,
  type CallMessage,
  type Draft,
  type MessageStream,
  type Reply,
  type ReplyMessage,
  splitBatch,
  valueBytes,
} from '../../rpc/index.js';
import type { SubmittedCall } from './submitted-call.js';

/** What comes of the calls on a stream. */
export interface CallStreamListener {
  /**
   * A call whose states are told has come first in line at the callee, so that it runs there; of an actor that runs several
   * at once it ran before.
   */
  onStart?(call: SubmittedCall): void;
  /** An answer; the call is in flight no more unless it is an item. Settles when the refs in it are borrowed, if it has any. */
  onReply(call: SubmittedCall, reply: Reply): Promise<void> | undefined;
  /** After the answers of one message, which took the callee `busyMs` together. */
  onReplies?(numEnded: number, last: SubmittedCall, busyMs: number): void;
  /** The callee, or the way to it, is gone. */
  onEnd(end: RayError | undefined): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Outgoing {
  calls: Draft<Call>[];
  cancel: number[];
  cancelAlone: number[];
  recall: number[];
  released: number[];
  consumed: { sequence: number; numConsumed: number }[];
}

/** One stream of calls to a worker: what is sent in one turn of the event loop leaves as one message. */
export class CallStream {
  /** Sent and not answered, in the order of sending. */
  readonly inFlight = new Map<number, SubmittedCall>();
  readonly #stream: MessageStream<ReplyMessage, CallMessage>;
  readonly #listener: CallStreamListener;
  /** The latest release to come, by sequence number. */
  readonly #releasing = new Map<number, Promise<void>>();
  readonly #functionNumbers = new Map<string, number>();
  #sequence = 0;
  #started: SubmittedCall | undefined;
  #outgoing = nothing();
  #state: 'quiet' | 'scheduled' | 'closed' = 'quiet';

  constructor(
    stream: MessageStream<ReplyMessage, CallMessage>,
    handshake: Draft<CallHandshake>,
    listener: CallStreamListener,
  ) {
    this.#stream = stream;
    this.#listener = listener;
    stream.receive((message) => this.#receive(message));
    stream.onEnd((end) => this.#onEnd(end));
    void stream.send({ handshake });
  }

  /** Sends a call whose arguments are encoded. */
  send(call: SubmittedCall): void {
    this.#sequence++;
    call.sequence = this.#sequence;
    call.state = 'sent';
    this.inFlight.set(this.#sequence, call);
    if (this.inFlight.size === 1) this.#start(call);
    this.#outgoing.calls.push(this.#wireCall(call));
    if (call.stream && call.stream.numTaken > 0) this.consumed(call, call.stream.numTaken);
    this.#schedule();
  }

  cancel(call: SubmittedCall, recursive: boolean): void {
    if (this.inFlight.get(call.sequence) !== call) return;
    this.#outgoing[recursive ? 'cancel' : 'cancelAlone'].push(call.sequence);
    this.#schedule();
  }

  /** Asks for the calls behind the one that runs: those that have not begun are answered as cancelled. */
  recallWaiting(): void {
    this.#outgoing.recall.push(...[...this.inFlight.keys()].slice(1));
    this.#schedule();
  }

  /** Tells the producer of a stream how many items were taken. */
  consumed(call: SubmittedCall, numConsumed: number): void {
    if (this.inFlight.get(call.sequence) !== call || call.spec.backpressure === 0) return;
    this.#outgoing.consumed.push({ sequence: call.sequence, numConsumed });
    this.#schedule();
  }

  /** Ends the stream in order. What is in flight stays unanswered. */
  close(): void {
    this.#flush();
    this.#state = 'closed';
    this.#stream.close();
  }

  #receive(message: ReplyMessage): void {
    // The calls that were in flight have been given to another stream by now, or were failed.
    if (this.#state === 'closed') return;
    let numEnded = 0;
    let last: SubmittedCall | undefined;
    for (const reply of message.replies) {
      const call = this.inFlight.get(reply.sequence);
      if (!call) continue;
      if (!reply.item) {
        this.inFlight.delete(reply.sequence);
        last = call;
        numEnded++;
      }
      const borrowed = this.#listener.onReply(call, reply);
      if (borrowed) this.#releaseAfter(reply.sequence, borrowed);
    }
    if (!last) return;
    for (const next of this.inFlight.values()) {
      this.#start(next);
      break;
    }
    this.#listener.onReplies?.(numEnded, last, message.busyMs);
  }

  #start(call: SubmittedCall): void {
    if (call.isTraced && call !== this.#started) this.#listener.onStart?.(call);
    this.#started = call;
  }

  /** Items of one stream are released in their order: the callee holds them by it. */
  #releaseAfter(sequence: number, borrowed: Promise<void>): void {
    const released = (this.#releasing.get(sequence) ?? Promise.resolve())
      .then(() => borrowed)
      .then(() => {
        this.#outgoing.released.push(sequence);
        this.#schedule();
        if (this.#releasing.get(sequence) === released) this.#releasing.delete(sequence);
      });
    this.#releasing.set(sequence, released);
  }

  #schedule(): void {
    if (this.#state !== 'quiet') return;
    this.#state = 'scheduled';
    // After the promises of this turn, so that all its calls go together.
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    if (this.#state !== 'scheduled') return;
    this.#state = 'quiet';
    const { calls, ...rest } = this.#outgoing;
    this.#outgoing = nothing();
    const batches = splitBatch(calls, callBytes);
    for (const batch of batches.slice(0, -1)) void this.#stream.send({ calls: batch });
    void this.#stream.send({ calls: batches.at(-1) ?? [], ...rest });
  }

  #onEnd(end: RayError | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#listener.onEnd(end);
  }

  /** Only what is not the default: every field costs both sides time. */
  #wireCall(call: SubmittedCall): Draft<Call> {
    const { spec } = call;
    const { args, storedArgs } = call.args!;
    const wire: Writable<Draft<Call>> = { sequence: call.sequence, args, objectNumber: call.objectNumber };
    if (spec.definition) Object.assign(wire, this.#wireFunction(spec.definition));
    else wire.method = spec.method;
    if (storedArgs.length > 0) wire.storedArgs = storedArgs;
    if (spec.numReturns !== 1) wire.numReturns = spec.numReturns;
    if (spec.backpressure !== 0) wire.backpressure = spec.backpressure;
    if (spec.concurrencyGroup !== '') wire.concurrencyGroup = spec.concurrencyGroup;
    if (call.attempt !== 0) wire.attempt = call.attempt;
    if (call.capturedPlacementGroupId !== '') wire.capturedPlacementGroupId = call.capturedPlacementGroupId;
    if (call.parentTaskId !== '') wire.parentTaskId = call.parentTaskId;
    return wire;
  }

  /** A function goes by name once, and by its number from then on. */
  #wireFunction(definition: NonNullable<SubmittedCall['spec']['definition']>) {
    const key = `${definition.modulePath}#${definition.name}`;
    const functionNumber = this.#functionNumbers.get(key);
    if (functionNumber) return { functionNumber };
    this.#functionNumbers.set(key, this.#functionNumbers.size + 1);
    return { function: definition };
  }
}

const nothing = (): Outgoing => ({ calls: [], cancel: [], cancelAlone: [], recall: [], released: [], consumed: [] });

const callBytes = ({ args }: Draft<Call>): number => (args ? valueBytes(args as never) : 0);
