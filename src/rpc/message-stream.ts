import { Deferred, type RayError } from '../core/index.js';
import type { Draft } from './draft.js';

/** What grpc-js's client and server streams have in common, as far as it is used here. */
interface GrpcStream {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  write(message: unknown): boolean;
}

/**
 * How a stream ended: `undefined` for a normal end, else why it broke. A server can't tell the end of a client that closed
 * its stream from that of one that was killed: gRPC reports both the same way.
 */
export type StreamEnd = RayError | undefined;

/**
 * One side of a bidirectional stream of messages. Both sides of every service see this, not grpc-js: `receive` for what
 * comes in, `send` for what goes out.
 */
export class MessageStream<Incoming, Outgoing> {
  readonly #duplex: GrpcStream;
  readonly #toError: (error: unknown) => RayError;
  readonly #endStream: (error?: unknown) => void;
  #ended: { readonly end: StreamEnd } | undefined;
  #onEnd: ((end: StreamEnd) => void)[] = [];
  #drained: Deferred<void> | undefined;

  /**
   * @internal
   * @param duplex grpc-js's side of a call.
   * @param endStream how this side ends the call: without an error half-close for a client and status OK for a server.
   */
  constructor(duplex: GrpcStream, toError: (error: unknown) => RayError, endStream: (error?: unknown) => void) {
    this.#duplex = duplex;
    this.#toError = toError;
    this.#endStream = endStream;
    duplex.on('error', (error: unknown) => this.#settle(this.#toError(error)));
    duplex.on('end', () => {
      this.#settle(undefined);
      // A stream is over when either side has ended it: neither end is left open for the other.
      this.#endStream();
    });
    duplex.on('close', () => this.#settle(undefined));
    // grpc-js says `cancelled` at the end of every call of a server, also after an end in order.
    duplex.on('cancelled', () =>
      this.#settle(duplex.writableEnded ? undefined : this.#toError(new Error('the peer cancelled the stream'))),
    );
    duplex.on('drain', () => this.#admitSenders());
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Starts to deliver incoming messages; call it once. Messages that came before are kept. */
  receive(onMessage: (message: Incoming) => void): void {
    this.#duplex.on('data', onMessage);
  }

  /** Stops delivery, and with it the peer's sending, until {@link resume}. */
  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    this.#duplex.resume();
  }

  /** Called once when the stream has ended, at once if it already has. */
  onEnd(listener: (end: StreamEnd) => void): void {
    if (this.#ended) listener(this.#ended.end);
    else this.#onEnd.push(listener);
  }

  /** Queues a message; the promise resolves when there is room for more. After the end it drops the message. */
  send(message: Draft<Outgoing>): Promise<void> {
    if (this.#ended || this.#duplex.destroyed || this.#duplex.writableEnded) return ROOM;
    if (this.#duplex.write(message)) return ROOM;
    this.#drained ??= new Deferred();
    return this.#drained.promise;
  }

  /**
   * Ends the stream from this side: in order after what was sent, or at once with an error. The peer of a server gets that
   * error; the peer of a client only sees that the call was cancelled. Idempotent.
   */
  close(error?: unknown): void {
    if (this.#ended) return;
    if (error !== undefined) this.#settle(this.#toError(error));
    this.#endStream(error);
  }

  #settle(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = { end };
    for (const listener of this.#onEnd) listener(end);
    this.#onEnd = [];
    this.#admitSenders();
  }

  #admitSenders(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

const ROOM = Promise.resolve();
