import { ChannelClosedError } from '../core/errors/index.js';
import type { Bell } from './bell.js';
import { futexWait, futexWake } from './futex.js';
import { isWorthSpinning } from './spin-time.js';

/** Words that an event count takes in shared memory; give it a cache line of its own. */
export const EVENT_COUNT_WORDS = 2;
const SIGNAL = 0;
const WAITER = 1;

const NOBODY = 0;
const ON_FUTEX = 1;
const ON_BELL = 2;

/** The longest sleep before a waiter asks whether it shall go on. */
const SLICE_MS = 100;

/** Looks between two reads of the clock, which cost as much as several looks. */
const LOOKS_PER_CLOCK_READ = 64;

/**
 * Lets threads of several processes sleep until a condition on shared memory holds. The one that makes it true stores
 * the change and then calls `notify`, which is a single load while nobody sleeps.
 *
 * No wake-up is lost. A waiter (1) reads the signal, (2) stores that it waits, (3) looks at the condition, (4) sleeps
 * while the signal is what it read. A notifier (a) stores the condition, (b) takes the waiter's mark, (c) changes the
 * signal, (d) wakes. Atomics are sequentially consistent, so either (3) comes after (a) and sees the condition, or (b)
 * comes after (2) and finds the mark; then the kernel sees the signal changed at (4), or (d) finds the sleeper. A waiter
 * never takes its own mark back, as another waiter may rely on it; a mark too many costs one wake without effect.
 */
export class EventCount {
  readonly #words: Int32Array;
  readonly #address: bigint;
  readonly #spinMicroseconds: number;
  readonly #bell: Bell | undefined;
  /** Waits since the last one that spinning answered. */
  #numVainWaits = 0;

  /** `words` are EVENT_COUNT_WORDS of shared memory at `address`; `bell` is the one of a waiter with an event loop. */
  constructor(words: Int32Array, address: bigint, spinMicroseconds: number, bell?: Bell) {
    this.#words = words;
    this.#address = address;
    this.#spinMicroseconds = spinMicroseconds;
    this.#bell = bell;
  }

  /** Wakes those who wait, after the change they wait for was stored. */
  notify(): void {
    if (Atomics.load(this.#words, WAITER) === NOBODY) return;
    const waiter = Atomics.exchange(this.#words, WAITER, NOBODY);
    if (waiter === ON_FUTEX) this.#wakeSleepers();
    else if (waiter === ON_BELL) this.#bell?.ring();
  }

  /** Wakes everyone by every means, waiting or about to: for the end of a channel. */
  notifyAll(): void {
    this.#wakeSleepers();
    this.#bell?.ring();
  }

  #wakeSleepers(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    futexWake(this.#address);
  }

  /**
   * Blocks the thread until `isReady()`: spins for the configured time, then sleeps. False when the clock
   * (performance.now) reached `deadlineMs` first.
   * @throws {ChannelClosedError} when `isAborted()`, asked at least every 100 ms of sleep.
   */
  waitUntil(isReady: () => boolean, deadlineMs: number, isAborted?: () => boolean): boolean {
    if (this.#spinUntil(isReady, deadlineMs)) return true;
    for (;;) {
      if (isAborted?.()) throw new ChannelClosedError('The wait for the other end of a channel was aborted.');
      const signal = Atomics.load(this.#words, SIGNAL);
      Atomics.store(this.#words, WAITER, ON_FUTEX);
      if (isReady()) return true;
      const remainingMs = deadlineMs - performance.now();
      if (remainingMs <= 0) return false;
      futexWait(this.#address, signal, Math.min(remainingMs, SLICE_MS));
    }
  }

  /** Asks for a ring of the bell at the next change. The caller looks at its condition after this and before it waits. */
  armBell(): void {
    Atomics.store(this.#words, WAITER, ON_BELL);
  }

  #spinUntil(isReady: () => boolean, deadlineMs: number): boolean {
    if (isReady()) return true;
    if (this.#spinMicroseconds === 0) return false;
    if (isWorthSpinning(this.#numVainWaits) && this.#isReadyWithin(isReady, deadlineMs)) {
      this.#numVainWaits = 0;
      return true;
    }
    this.#numVainWaits += 1;
    return false;
  }

  #isReadyWithin(isReady: () => boolean, deadlineMs: number): boolean {
    let endMs: number | undefined;
    for (;;) {
      for (let look = 0; look < LOOKS_PER_CLOCK_READ; look++) if (isReady()) return true;
      const nowMs = performance.now();
      endMs ??= Math.min(deadlineMs, nowMs + this.#spinMicroseconds / 1000);
      if (nowMs >= endMs) return false;
    }
  }
}
