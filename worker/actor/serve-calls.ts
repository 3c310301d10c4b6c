import { InvalidArgumentError, systemClock } from '../../src/core/index.js';
import type {
  Call,
  CallHandshake,
  CallMessage,
  Draft,
  MessageStream,
  Reply,
  ReplyMessage,
} from '../../src/rpc/index.js';
import type { Objects } from '../../src/runtime/objects/objects.js';
import type { CallHost, CallTarget } from './call-target.js';
import type { Mailbox } from './mailbox.js';
import { ReplyBatch } from './reply-batch.js';
import { type CallSurroundings, ServedCall } from './served-call.js';

type CallStream = MessageStream<CallMessage, ReplyMessage>;

export interface CallServices {
  readonly objects: Objects;
  readonly cancelChildren: (taskId: string) => void;
}

/** Answers one caller's calls, in the order of their numbers. The first message says whom the caller means. */
export function serveCalls(stream: CallStream, host: CallHost, services: CallServices): void {
  const held: CallMessage[] = [];
  let receiver: CallReceiver | undefined;
  const open = (handshake: CallHandshake, target: CallTarget): void => {
    receiver = new CallReceiver(stream, target, handshake.workerId, services);
    for (const message of held.splice(0)) receiver.receive(message);
  };
  stream.receive((message) => {
    if (receiver) {
      receiver.receive(message);
      return;
    }
    held.push(message);
    if (held.length > 1) return; // the caller waits to be let in
    const { handshake } = message;
    try {
      if (!handshake) throw new InvalidArgumentError('The first message of a stream of calls names nobody.');
      const target = host.admit(handshake, (error) => stream.close(error));
      if (!(target instanceof Promise)) open(handshake, target);
      else
        target.then(
          (admitted) => open(handshake, admitted),
          (error: unknown) => stream.close(error),
        );
    } catch (error) {
      stream.close(error);
    }
  });
}

/** The unfinished calls of one caller. */
class CallReceiver {
  readonly #target: CallTarget;
  readonly #replies: ReplyBatch;
  readonly #around: CallSurroundings;
  readonly #calls = new Map<number, ServedCall>();
  /** When there came to be calls, or replies left last. */
  #busySinceMs: number | undefined;
  /** What replies hold until their caller has it, by sequence number, oldest first. */
  readonly #releases = new Map<number, (() => void)[]>();
  /** The last call for each mailbox that waits for its arguments or code: those behind it wait too. */
  readonly #tails = new Map<Mailbox, Promise<void>>();

  constructor(stream: CallStream, target: CallTarget, callerWorkerId: string, services: CallServices) {
    this.#target = target;
    this.#replies = new ReplyBatch(stream, () => this.#takeBusyMs());
    this.#around = {
      ...services,
      callerWorkerId,
      reply: (reply, release) => this.#reply(reply, release),
    };
    stream.onEnd(() => this.#onCallerGone());
  }

  receive(message: CallMessage): void {
    for (const call of message.calls) this.#accept(call);
    for (const sequence of message.cancel) this.#calls.get(sequence)?.cancel(true);
    for (const sequence of message.cancelAlone) this.#calls.get(sequence)?.cancel(false);
    for (const sequence of message.recall) this.#calls.get(sequence)?.recall();
    for (const { sequence, numConsumed } of message.consumed) this.#calls.get(sequence)?.consumed(numConsumed);
    for (const sequence of message.released) this.#releases.get(sequence)?.shift()?.();
  }

  #accept(call: Call): void {
    const served = new ServedCall(call, this.#target, this.#around);
    this.#busySinceMs ??= systemClock.now();
    this.#calls.set(call.sequence, served);
    served.onOver(() => this.#calls.delete(call.sequence));
    const ready = served.prepare();
    const mailbox = this.#mailboxOf(call, served);
    if (!mailbox) return;
    const before = this.#tails.get(mailbox);
    if (!ready && !before) mailbox.post(() => served.run());
    else this.#postAfter(mailbox, served, [before, ready]);
  }

  #mailboxOf(call: Call, served: ServedCall): Mailbox | undefined {
    try {
      return this.#target.mailboxOf(call);
    } catch (error) {
      served.refuse(error);
      return undefined;
    }
  }

  #postAfter(mailbox: Mailbox, served: ServedCall, awaited: readonly (Promise<void> | undefined)[]): void {
    const posted = Promise.all(awaited).then(() => {
      if (this.#tails.get(mailbox) === posted) this.#tails.delete(mailbox);
      mailbox.post(() => served.run());
    });
    this.#tails.set(mailbox, posted);
  }

  #reply(reply: Draft<Reply>, release: (() => void) | undefined): void {
    if (release) this.#hold(reply.sequence!, release);
    this.#replies.add(reply);
  }

  #takeBusyMs(): number {
    const now = systemClock.now();
    const busyMs = now - (this.#busySinceMs ?? now);
    this.#busySinceMs = this.#calls.size > 0 ? now : undefined;
    return busyMs;
  }

  #hold(sequence: number, release: () => void): void {
    const held = this.#releases.get(sequence);
    if (held) held.push(release);
    else this.#releases.set(sequence, [release]);
  }

  #onCallerGone(): void {
    for (const held of this.#releases.values()) for (const release of held) release();
    this.#releases.clear();
    for (const served of [...this.#calls.values()]) {
      if (this.#target.outlivesCaller) served.stopStream();
      else served.cancel(true);
    }
  }
}
