import type { Draft, MessageStream } from '../../src/rpc/index.js';

/** The open streams of one kind of peer, one per id: how a change reaches who waits for it. */
export class PeerStreams<Id extends string, Incoming, Outgoing> {
  readonly #streams = new Map<Id, MessageStream<Incoming, Outgoing>>();

  /** Takes a peer's stream; one that it had before is closed: the peer has given it up. */
  attach(id: Id, stream: MessageStream<Incoming, Outgoing>): void {
    const before = this.#streams.get(id);
    this.#streams.set(id, stream);
    if (before !== stream) before?.close();
  }

  /** False when the peer has another stream by now: the end of this one means nothing. */
  detach(id: Id, stream: MessageStream<Incoming, Outgoing>): boolean {
    if (this.#streams.get(id) !== stream) return false;
    return this.#streams.delete(id);
  }

  /** Sends to a peer that is there; one that is away learns the state of things when it comes back. */
  send(id: Id, message: Draft<Outgoing>): void {
    void this.#streams.get(id)?.send(message);
  }

  /** Sends to all that are there. */
  broadcast(message: Draft<Outgoing>): void {
    for (const stream of this.#streams.values()) void stream.send(message);
  }
}
