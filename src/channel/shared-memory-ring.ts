import { ChannelClosedError, DeadlineExceededError } from '../core/errors/index.js';
import type { UnsentFrame } from './frame.js';
import type { RingReader, RingWriter, TensorFrame, WaitOptions } from './ring.js';
import { RingConsumer } from './ring-consumer.js';
import { attachRing, type RingMemory } from './ring-memory.js';
import { RingProducer } from './ring-producer.js';
import { DEFAULT_SPIN_MICROSECONDS } from './spin-time.js';

export interface AttachRingOptions {
  /** How long a wait spins before it sleeps; default 50. 0 where more ranks than cores share the host. */
  readonly spinMicroseconds?: number;
}

type State = 'open' | 'closed';

function requireOpen(state: State, path: string): void {
  if (state === 'closed') throw new ChannelClosedError(`This end of ring ${path} is closed.`);
}

const deadlineOf = ({ timeoutMs }: WaitOptions): number =>
  timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;

class SharedMemoryRingWriter implements RingWriter {
  readonly #memory: RingMemory;
  readonly #producer: RingProducer;
  #state: State = 'open';

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#producer = new RingProducer(memory);
  }

  write(frame: UnsentFrame, wait: WaitOptions = {}): void {
    requireOpen(this.#state, this.#memory.path);
    const deadlineMs = deadlineOf(wait);
    while (!this.#producer.tryWrite(frame)) {
      if (!this.#memory.ownEvent.waitUntil(this.#producer.canProceed, deadlineMs, wait.isAborted)) {
        throw new DeadlineExceededError(
          `Ring ${this.#memory.path} stayed full for ${wait.timeoutMs} ms; the frame was not written. Its reader is slow or gone.`,
        );
      }
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#memory.close();
  }
}

class SharedMemoryRingReader implements RingReader {
  readonly #memory: RingMemory;
  readonly #consumer: RingConsumer;
  #state: State = 'open';

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#consumer = new RingConsumer(memory);
  }

  read(wait: WaitOptions = {}): TensorFrame | undefined {
    requireOpen(this.#state, this.#memory.path);
    const deadlineMs = deadlineOf(wait);
    for (;;) {
      const frame = this.#consumer.tryRead();
      if (frame !== undefined) return frame;
      this.#consumer.requireNotAtEnd();
      if (!this.#memory.ownEvent.waitUntil(this.#consumer.canProceed, deadlineMs, wait.isAborted)) return undefined;
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#memory.close();
  }
}

/**
 * Takes the writing end of the ring at `path`, for a thread that may block.
 * @throws {ChannelClosedError} when the ring was removed.
 * @throws {IllegalStateError} when the ring already has its writer.
 */
export function attachRingWriter(path: string, options: AttachRingOptions = {}): RingWriter {
  return new SharedMemoryRingWriter(attachRing(path, 'writer', options.spinMicroseconds ?? DEFAULT_SPIN_MICROSECONDS));
}

/**
 * Takes the reading end of the ring at `path`, for a thread that may block.
 * @throws {ChannelClosedError} when the ring was removed.
 * @throws {IllegalStateError} when the ring already has its reader.
 */
export function attachRingReader(path: string, options: AttachRingOptions = {}): RingReader {
  return new SharedMemoryRingReader(attachRing(path, 'reader', options.spinMicroseconds ?? DEFAULT_SPIN_MICROSECONDS));
}
