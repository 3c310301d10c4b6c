import type { RayError } from '../../src/core/index.js';
import type { MessageStream, StreamEnd } from '../../src/rpc/index.js';

/** A stream whose far side is the test: it keeps what is sent and delivers what the test says. */
export class FakeStream<Incoming, Outgoing> {
  readonly sent: Outgoing[] = [];
  /** The error that this side closed it with; undefined while it is open, null for a close in order. */
  closedWith: unknown;
  #receive: (message: Incoming) => void = () => undefined;
  #listeners: ((end: StreamEnd) => void)[] = [];
  #ended: { readonly end: StreamEnd } | undefined;

  get asStream(): MessageStream<Incoming, Outgoing> {
    return this as unknown as MessageStream<Incoming, Outgoing>;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  receive(onMessage: (message: Incoming) => void): void {
    this.#receive = onMessage;
  }

  onEnd(listener: (end: StreamEnd) => void): void {
    if (this.#ended) listener(this.#ended.end);
    else this.#listeners.push(listener);
  }

  async send(message: Outgoing): Promise<void> {
    if (!this.#ended) this.sent.push(message);
  }

  close(error?: unknown): void {
    if (this.#ended) return;
    this.closedWith = error ?? null;
    this.end(error as StreamEnd);
  }

  /** A message from the far side. */
  deliver(message: Incoming): void {
    this.#receive(message);
  }

  /** The far side, or the network, ends the stream. */
  end(end?: RayError): void {
    if (this.#ended) return;
    this.#ended = { end };
    for (const listener of this.#listeners) listener(end);
  }
}
