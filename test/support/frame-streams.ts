import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FrameStream } from '../../src/channel/index.js';
import { Deferred } from '../../src/core/index.js';

/** Messages that a stream's user has not taken yet, and how the stream ended. */
class Inbox implements AsyncIterable<Uint8Array> {
  readonly closed = new Deferred<Error | undefined>();
  readonly #messages: Uint8Array[] = [];
  #changed = new Deferred<void>();
  #end: { readonly error: Error | undefined } | undefined;

  get length(): number {
    return this.#messages.length;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  push(message: Uint8Array): void {
    this.#messages.push(message);
    this.#wake();
  }

  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.closed.resolve(this.#end.error);
    this.#wake();
  }

  async whenChanged(): Promise<void> {
    await this.#changed.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#wake();
        yield message;
      } else if (this.#end === undefined) {
        await this.whenChanged();
      } else {
        if (this.#end.error !== undefined) throw this.#end.error;
        return;
      }
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = new Deferred<void>();
  }
}

/** Unread messages at which a sender has to wait. */
const ROOM = 2;

function memoryStream(inbox: Inbox, peerInbox: Inbox): FrameStream {
  return {
    async send(message) {
      while (peerInbox.length >= ROOM && !peerInbox.isOver) await peerInbox.whenChanged();
      if (peerInbox.isOver) throw new Error('The in-memory stream is over.');
      peerInbox.push(Uint8Array.from(message));
    },
    messages: inbox,
    closed: inbox.closed.promise,
    close(error) {
      inbox.end(error);
      peerInbox.end(error);
    },
  };
}

/** Two ends of a stream inside this process that carries copies of the bytes and holds few messages. */
export function createMemoryStreamPair(): readonly [FrameStream, FrameStream] {
  const [left, right] = [new Inbox(), new Inbox()];
  return [memoryStream(left, right), memoryStream(right, left)];
}

/** A stream over a TCP socket: chunks arrive cut wherever the network cut them. */
export function createTcpStream(socket: Socket): FrameStream {
  const inbox = new Inbox();
  const waitForRoom = async (): Promise<void> => {
    socket.pause();
    while (inbox.length >= ROOM) await inbox.whenChanged();
    socket.resume();
  };
  socket.on('data', (chunk: Uint8Array) => {
    inbox.push(chunk);
    if (inbox.length >= ROOM) void waitForRoom();
  });
  socket.on('end', () => inbox.end(undefined));
  socket.on('close', () => inbox.end(undefined));
  socket.on('error', (error) => inbox.end(error));
  return {
    async send(message) {
      if (inbox.isOver) throw new Error('The TCP stream is over.');
      if (!socket.write(message)) await Promise.race([once(socket, 'drain'), inbox.closed.promise]);
    },
    messages: inbox,
    closed: inbox.closed.promise,
    close(error) {
      if (error === undefined) socket.end();
      else socket.destroy(error);
    },
  };
}
