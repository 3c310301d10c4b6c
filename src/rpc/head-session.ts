import { HeadUnavailableError, type RayError, sleep, systemClock } from '../core/index.js';
import type { Draft } from './draft.js';
import type { MessageStream } from './message-stream.js';

/** What the head tells a peer when it lets it in. */
export interface SessionLease {
  readonly clusterId: string;
  /** Silence that means death, either way, in milliseconds. */
  readonly leaseMs: number;
  /** How long to go on while the head is away, in milliseconds. */
  readonly headLeaseMs: number;
  /** Of the worker's job; only workers are told. */
  readonly namespace?: string;
  /** Where the head is (first) and where standbys are. */
  readonly headAddresses?: { readonly addresses: readonly string[] } | null | undefined;
}

/** The parts of a session's messages that the session itself reads and writes. */
interface Incoming {
  readonly registered?: SessionLease | null | undefined;
  readonly heartbeat?: object | null | undefined;
  readonly headAddresses?: { readonly addresses: readonly string[] } | null | undefined;
}
interface Outgoing {
  readonly heartbeat?: { readonly clockMs: number; readonly roundTripMs: number } | null | undefined;
  readonly goodbye?: object | null | undefined;
}

export interface HeadSessionOptions<In extends Incoming, Out extends Outgoing> {
  readonly open: () => MessageStream<In, Out>;
  /** The first message of every stream. */
  readonly register: () => Draft<Out>;
  /** The head's address, for messages. */
  readonly address: string;
  readonly onMessage: (message: In) => void;
  /** The head said where it is (first) and where standbys are: `open` is to try them too. */
  readonly onHeadAddresses?: (addresses: readonly string[]) => void;
  /** Called on every (re)connection, after the head accepted the registration. */
  readonly onAttached: () => void;
  /** The session is over: the head refused it, or was away longer than its lease. */
  readonly onLost: (error: RayError) => void;
}

type SessionState<Out> =
  | {
      readonly kind: 'connecting';
      /** Since when there is no head. */
      readonly sinceMs: number;
      /** When this attempt began. */
      readonly triedMs: number;
      readonly stream: MessageStream<never, Out>;
    }
  | { readonly kind: 'attached'; readonly lastHeardMs: number; readonly stream: MessageStream<never, Out> }
  | { readonly kind: 'away'; readonly sinceMs: number }
  | { readonly kind: 'over' };

const TICK_MS = 250;
/** Of one attempt: a host that vanished answers nothing at all, and the head may be elsewhere by now. */
const CONNECT_MS = 5_000;
/** How long the end of a session waits for the head's answer. */
const GOODBYE_MS = 1_000;
/** Until the head has said what it wants. */
const FIRST_LEASE: SessionLease = { clusterId: '', leaseMs: 10_000, headLeaseMs: 10_000 };
/** Refusals by the head that no second try would change. */
const FINAL_CODES = new Set(['RAY_UNAUTHENTICATED', 'RAY_INVALID_ARGUMENT']);

/**
 * A registered, heartbeating connection to the head that comes back by itself: an agent's lease on its node, a driver's
 * lease on its job. Messages sent while the head is away are dropped; `onAttached` is the place to say everything again.
 */
export class HeadSession<In extends Incoming, Out extends Outgoing> {
  readonly #options: HeadSessionOptions<In, Out>;
  readonly #timer: NodeJS.Timeout;
  #state: SessionState<Out>;
  #lease = FIRST_LEASE;
  #lastBeatMs = 0;
  #roundTripMs = 0;
  /** Why the last stream that broke did. */
  #lastBreak: RayError | undefined;

  constructor(options: HeadSessionOptions<In, Out>) {
    this.#options = options;
    this.#state = this.#connect(systemClock.now());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** What the head granted; empty before the first registration. */
  get lease(): SessionLease {
    return this.#lease;
  }

  /** True while the head hears what is sent. */
  get isAttached(): boolean {
    return this.#state.kind === 'attached';
  }

  /** Sends now if the head is there. */
  send(message: Draft<Out>): void {
    if (this.#state.kind === 'attached') void this.#state.stream.send(message);
  }

  /**
   * Says goodbye: the head ends at once what the session owned. Resolves when the head has heard it, so that the process
   * may end, or when it does not answer. Idempotent.
   */
  async close(): Promise<void> {
    const stream = this.#openStream();
    // Without this last message the head would wait for the session to come back.
    this.send({ goodbye: {} } as Draft<Out>);
    this.#end();
    if (stream) await Promise.race([new Promise<void>((resolve) => stream.onEnd(() => resolve())), sleep(GOODBYE_MS)]);
  }

  #connect(sinceMs: number): SessionState<Out> {
    const stream = this.#options.open();
    stream.receive((message) => this.#receive(stream, message));
    stream.onEnd((end) => this.#onStreamEnd(stream, end));
    void stream.send(this.#options.register());
    const triedMs = systemClock.now();
    return { kind: 'connecting', sinceMs, triedMs, stream: stream as unknown as MessageStream<never, Out> };
  }

  #receive(stream: MessageStream<In, Out>, message: In): void {
    if (!this.#isCurrent(stream)) return;
    const { registered } = message;
    // Nothing else counts before the head has let this stream in.
    if (!registered && this.#state.kind === 'connecting') return;
    this.#state = { kind: 'attached', lastHeardMs: systemClock.now(), stream: stream as never };
    if (registered) this.#onRegistered(registered);
    else if (message.headAddresses) this.#options.onHeadAddresses?.(message.headAddresses.addresses);
    else if (message.heartbeat) this.#roundTripMs = systemClock.now() - this.#lastBeatMs;
    else this.#options.onMessage(message);
  }

  #onRegistered(lease: SessionLease): void {
    const { clusterId } = this.#lease;
    if (clusterId !== '' && clusterId !== lease.clusterId) {
      this.send({ goodbye: {} } as Draft<Out>);
      this.#lose(this.#replaced(lease.clusterId));
      return;
    }
    this.#lease = lease;
    if (lease.headAddresses) this.#options.onHeadAddresses?.(lease.headAddresses.addresses);
    this.#options.onAttached();
  }

  #onStreamEnd(stream: MessageStream<In, Out>, end: RayError | undefined): void {
    if (!this.#isCurrent(stream)) return;
    if (end && FINAL_CODES.has(end.code)) {
      this.#lose(end);
      return;
    }
    this.#lastBreak = end ?? this.#lastBreak;
    const sinceMs = this.#state.kind === 'connecting' ? this.#state.sinceMs : systemClock.now();
    this.#state = { kind: 'away', sinceMs };
  }

  #tick(): void {
    const now = systemClock.now();
    switch (this.#state.kind) {
      case 'attached':
        if (now - this.#state.lastHeardMs > this.#lease.leaseMs)
          this.#state.stream.close(new Error('the head is silent'));
        else if (now - this.#lastBeatMs >= this.#lease.leaseMs / 5) {
          this.#beat(now);
        }
        break;
      case 'away':
        if (this.#isExpired(this.#state.sinceMs, now)) this.#lose(this.#gone(now - this.#state.sinceMs));
        else this.#state = this.#connect(this.#state.sinceMs);
        break;
      case 'connecting':
        if (this.#isExpired(this.#state.sinceMs, now)) this.#lose(this.#gone(now - this.#state.sinceMs));
        else if (now - this.#state.triedMs > CONNECT_MS) this.#state.stream.close(new Error('the head is silent'));
        break;
      case 'over':
        break;
    }
  }

  #beat(now: number): void {
    this.#lastBeatMs = now;
    this.send({ heartbeat: { clockMs: Date.now(), roundTripMs: this.#roundTripMs } } as Draft<Out>);
  }

  #isExpired(sinceMs: number, now: number): boolean {
    return now - sinceMs > this.#lease.headLeaseMs;
  }

  #gone(awayMs: number): RayError {
    return new HeadUnavailableError(
      `The head at ${this.#options.address} has been away for ${(awayMs / 1_000).toFixed(1)} s. ` +
        'Check that it runs (`ray-ts status`), that this machine reaches its address, and that both sides use TLS or ' +
        `neither does.${this.#lastBreak ? ` Last: ${this.#lastBreak.message}` : ''}`,
      { cause: this.#lastBreak },
    );
  }

  #replaced(clusterId: string): RayError {
    return new HeadUnavailableError(
      `The cluster at ${this.#options.address} is another one now (${clusterId}, before ${this.#lease.clusterId}): ` +
        'the head that this process belonged to is gone for good, and its state with it.',
    );
  }

  #isCurrent(stream: unknown): boolean {
    return this.#openStream() === stream;
  }

  #lose(error: RayError): void {
    this.#end(error);
    this.#options.onLost(error);
  }

  #end(error?: RayError): void {
    clearInterval(this.#timer);
    const stream = this.#openStream();
    this.#state = { kind: 'over' };
    stream?.close(error);
  }

  #openStream(): MessageStream<never, Out> | undefined {
    return this.#state.kind === 'attached' || this.#state.kind === 'connecting' ? this.#state.stream : undefined;
  }
}
