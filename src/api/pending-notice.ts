import type { PlacementGroupUpdate } from '../rpc/index.js';

/** A group that waits no longer than this is not worth a word. */
const PATIENCE_MS = 5_000;

/** What a person is told about a placement group that has to wait: why, again when that changes, and when it is over. */
export class PendingNotice {
  readonly #name: string;
  #waitsSinceMs: number;
  #told: string | undefined;
  #state: 'waits' | 'placed' = 'waits';

  /**
   * @param name as messages name it: "placement group trainers".
   * @param nowMs when it began to wait.
   */
  constructor(name: string, nowMs: number) {
    this.#name = name;
    this.#waitsSinceMs = nowMs;
  }

  /** What to say after this update; undefined for nothing. */
  next({ state, reason }: PlacementGroupUpdate, nowMs: number): string | undefined {
    if (state === 'PLACEMENT_GROUP_STATE_CREATED') return this.#onPlaced(nowMs);
    if (state === 'PLACEMENT_GROUP_STATE_REMOVED') return undefined;
    if (this.#state === 'placed') {
      this.#state = 'waits';
      this.#waitsSinceMs = nowMs;
    }
    const waitedMs = nowMs - this.#waitsSinceMs;
    if (waitedMs < PATIENCE_MS || reason === '' || reason === this.#told) return undefined;
    this.#told = reason;
    return `${this.#name} has waited ${seconds(waitedMs)} s. ${reason}`;
  }

  #onPlaced(nowMs: number): string | undefined {
    const hadToWait = this.#told !== undefined;
    this.#told = undefined;
    this.#state = 'placed';
    return hadToWait ? `${this.#name} is placed, after ${seconds(nowMs - this.#waitsSinceMs)} s.` : undefined;
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(0);
