import type { Clock } from '../../src/core/index.js';
import { expiryReason, postpone, type Session, type SessionTimeouts } from './sessions.js';

const TICK_MS = 200;
/** A turn that comes this much later than it should: the process was stopped, or its host was. */
const STANDSTILL_MS = 1_000;

/** Keeps the sessions of one kind of peer and reports each that expires, once. */
export class SessionMonitor<Id extends string> {
  readonly #sessions = new Map<Id, Session>();
  readonly #timeouts: SessionTimeouts;
  readonly #clock: Clock;
  readonly #onExpired: (id: Id, reason: string) => void;
  readonly #timer: NodeJS.Timeout;
  #lastTickMs: number;

  constructor(timeouts: SessionTimeouts, clock: Clock, onExpired: (id: Id, reason: string) => void) {
    this.#timeouts = timeouts;
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#lastTickMs = clock.now();
    this.#timer = setInterval(() => this.#expire(), TICK_MS).unref();
  }

  /** The peer's stream opened, or a message came in on it. */
  heard(id: Id): void {
    this.#sessions.set(id, { state: 'attached', lastHeardMs: this.#clock.now() });
  }

  /** The peer's stream closed without a word. */
  detached(id: Id): void {
    if (this.#sessions.has(id)) this.#sessions.set(id, { state: 'detached', sinceMs: this.#clock.now() });
  }

  /** The peer was there when an earlier head ended, and is to come back. */
  expect(id: Id): void {
    this.#sessions.set(id, { state: 'awaited', sinceMs: this.#clock.now() });
  }

  /** The peer said goodbye, or is dead by other evidence: it will not expire any more. */
  forget(id: Id): void {
    this.#sessions.delete(id);
  }

  has(id: Id): boolean {
    return this.#sessions.has(id);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #expire(): void {
    const now = this.#clock.now();
    const lateMs = now - this.#lastTickMs - TICK_MS;
    this.#lastTickMs = now;
    for (const [id, session] of [...this.#sessions]) {
      if (lateMs > STANDSTILL_MS) {
        this.#sessions.set(id, postpone(session, lateMs));
        continue;
      }
      const reason = expiryReason(session, this.#timeouts, now);
      if (reason === undefined) continue;
      this.#sessions.delete(id);
      this.#onExpired(id, reason);
    }
  }
}
