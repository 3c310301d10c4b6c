import type { RayError } from '../core/index.js';

/** What grpc-js's client and server streams have in common, as far as it is used here. */
interface Duplex {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  on(event: string, listener: (argument: any) => void): unknown;
  once(event: string, listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  write(message: unknown): boolean;
}

/** How a stream ended: `undefined` for a normal end, else why it broke. */
export type StreamEnd = RayError | undefined;

/**
 * One side of a bidirectional stream of messages. Both sides of every service see this, not grpc-js: `receive` for what
 * comes in, `send` for what goes out.
 */
export class MessageStream<Incoming, Outgoing> {
  readonly #duplex: Duplex;
  readonly #toError: (error: unknown) => RayError;
  readonly #endStream: (error?: unknown) => void;
  #ended: { readonly end: StreamEnd } | undefined;
  #onEnd: ((end: StreamEnd) => void)[] = [];
  #drained: Promise<void> | undefined;

  /**
   * @internal
   * @param endStream how this side ends the call: half-close for a client, status for a server.
   */
  constructor(duplex: Duplex, toError: (error: unknown) => RayError, endStream: (error?: unknown) => void) {
    this.#duplex = duplex;
    this.#toError = toError;
    this.#endStream = endStream;
    duplex.on('error', (error: unknown) => this.#settle(this.#toError(error)));
    duplex.on('end', () => this.#settle(undefined));
    duplex.on('close', () => this.#settle(undefined));
    duplex.on('cancelled', () => this.#settle(this.#toError(new Error('the peer cancelled the stream'))));
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
  send(message: Outgoing): Promise<void> {
    if (this.#ended || this.#duplex.destroyed || this.#duplex.writableEnded) return ROOM;
    if (this.#duplex.write(message)) return ROOM;
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#drained = undefined;
        resolve();
      };
      this.#duplex.once('drain', done);
      this.onEnd(done);
    });
    return this.#drained;
  }

  /** Ends the stream from this side; with an error, the peer's stream breaks with it. Idempotent. */
  close(error?: unknown): void {
    if (this.#ended) return;
    this.#endStream(error);
    if (error !== undefined) this.#settle(this.#toError(error));
  }

  #settle(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = { end };
    for (const listener of this.#onEnd) listener(end);
    this.#onEnd = [];
  }
}

const ROOM = Promise.resolve();
