import { Deferred } from '../core/deferred.js';
import { ChannelClosedError, IllegalStateError } from '../core/errors/index.js';
import { listenToBell } from './bell.js';
import type { UnsentFrame } from './frame.js';
import type { TensorFrame } from './ring.js';
import { RingConsumer } from './ring-consumer.js';
import { maxPayloadBytes } from './ring-layout.js';
import { attachRing, bellPath, type RingEnd, type RingMemory } from './ring-memory.js';
import { RingProducer } from './ring-producer.js';

/** The reading end of a ring for an event loop: it waits without blocking and without a thread. */
export interface AsyncRingReader {
  /**
   * The next frame; its payload is valid until the next `read` or `tryRead`.
   * @throws {ChannelClosedError} when the writer closed the ring and no frame is left, or this end was closed.
   */
  read(): Promise<TensorFrame>;
  /**
   * The next frame if it is already there; undefined also at the end of the ring.
   * @throws {ChannelClosedError} when this end was closed.
   */
  tryRead(): TensorFrame | undefined;
  /** Resolves when either end is closed; frames may still be left to read. */
  readonly closed: Promise<void>;
  /** Ends a pending `read` at once. */
  close(): void;
}

/** The writing end of a ring for an event loop. */
export interface AsyncRingWriter {
  /** The largest payload that fits the ring. */
  readonly maxPayloadBytes: number;
  /**
   * Copies a frame into the ring, when there is room. The payload must stay unchanged until then.
   * @throws {ChannelClosedError} when either end was closed.
   * @throws {InvalidArgumentError} when the frame can never fit.
   */
  write(frame: UnsentFrame): Promise<void>;
  /** Resolves when either end is closed. */
  readonly closed: Promise<void>;
  /** Ends a pending `write` at once. */
  close(): void;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly woken: Deferred<void> }
  | { readonly kind: 'closed' };

/** What both ends share: waiting for the bell, and learning that the other end is gone. */
class AsyncEnd {
  readonly #memory: RingMemory;
  readonly #listener: { close(): void };
  readonly #closed = new Deferred<void>();
  #state: State = { kind: 'idle' };

  constructor(memory: RingMemory, end: RingEnd) {
    this.#memory = memory;
    this.#listener = listenToBell(bellPath(memory.path, end), () => this.#onRing());
    if (memory.isPeerClosed()) this.#closed.resolve();
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  requireOpen(): void {
    if (this.#state.kind === 'closed') throw new ChannelClosedError(`This end of ring ${this.#memory.path} is closed.`);
  }

  async waitUntil(canProceed: () => boolean): Promise<void> {
    if (this.#state.kind === 'waiting') {
      throw new IllegalStateError(
        `Ring ${this.#memory.path} is used again before the call before it was done. Await it.`,
      );
    }
    this.#memory.ownEvent.armBell();
    if (canProceed()) return;
    const woken = new Deferred<void>();
    this.#state = { kind: 'waiting', woken };
    await woken.promise;
  }

  close(): void {
    const before = this.#state;
    if (before.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    this.#listener.close();
    this.#memory.close();
    this.#closed.resolve();
    if (before.kind === 'waiting') before.woken.resolve();
  }

  #onRing(): void {
    if (this.#memory.isPeerClosed()) this.#closed.resolve();
    const before = this.#state;
    if (before.kind !== 'waiting') return;
    this.#state = { kind: 'idle' };
    before.woken.resolve();
  }
}

class AsyncSharedMemoryRingReader implements AsyncRingReader {
  readonly #end: AsyncEnd;
  readonly #consumer: RingConsumer;

  constructor(memory: RingMemory) {
    this.#consumer = new RingConsumer(memory);
    this.#end = new AsyncEnd(memory, 'reader');
  }

  get closed(): Promise<void> {
    return this.#end.closed;
  }

  tryRead(): TensorFrame | undefined {
    this.#end.requireOpen();
    return this.#consumer.tryRead();
  }

  async read(): Promise<TensorFrame> {
    for (;;) {
      const frame = this.tryRead();
      if (frame !== undefined) return frame;
      this.#consumer.requireNotAtEnd();
      await this.#end.waitUntil(this.#consumer.canProceed);
    }
  }

  close(): void {
    this.#end.close();
  }
}

class AsyncSharedMemoryRingWriter implements AsyncRingWriter {
  readonly maxPayloadBytes: number;
  readonly #end: AsyncEnd;
  readonly #producer: RingProducer;

  constructor(memory: RingMemory) {
    this.maxPayloadBytes = maxPayloadBytes(memory.capacityUnits);
    this.#producer = new RingProducer(memory);
    this.#end = new AsyncEnd(memory, 'writer');
  }

  get closed(): Promise<void> {
    return this.#end.closed;
  }

  async write(frame: UnsentFrame): Promise<void> {
    for (;;) {
      this.#end.requireOpen();
      if (this.#producer.tryWrite(frame)) return;
      await this.#end.waitUntil(this.#producer.canProceed);
    }
  }

  close(): void {
    this.#end.close();
  }
}

/** Takes the reading end of the ring at `path`, for a thread that must not block. Throws like `attachRingReader`. */
export function attachAsyncRingReader(path: string): AsyncRingReader {
  return new AsyncSharedMemoryRingReader(attachRing(path, 'reader', 0));
}

/** Takes the writing end of the ring at `path`, for a thread that must not block. Throws like `attachRingWriter`. */
export function attachAsyncRingWriter(path: string): AsyncRingWriter {
  return new AsyncSharedMemoryRingWriter(attachRing(path, 'writer', 0));
}
