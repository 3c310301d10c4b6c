/** Somebody who waits for resources. */
export interface Waiter {
  readonly id: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** Why it waits, and who holds what it waits for. */
  readonly explain: () => string;
  readonly tell: (reason: string) => void;
}

/** After this wait those who follow somebody are told why he waits, and at most this often when the reason changes. */
const TELL_AFTER_MS = 5_000;
/** Explanations are worked out for so many at a time; the others have their turn at the next look. */
const MAX_EXPLAINED = 100;

/** Tells those who wait why they do: once, and again when the reason has changed. */
export class PendingReports {
  readonly #told = new Map<string, { readonly reason: string; readonly atMs: number }>();

  /** @param waiters all who wait at this moment. */
  tick(waiters: readonly Waiter[], nowMs: number): void {
    const ids = new Set(waiters.map(({ id }) => id));
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id);
    const due = waiters.filter(({ id, sinceMs }) => {
      const lastMs = this.#told.get(id)?.atMs ?? sinceMs;
      return nowMs - lastMs >= TELL_AFTER_MS;
    });
    for (const waiter of due.slice(0, MAX_EXPLAINED)) {
      const reason = waiter.explain();
      if (reason !== this.#told.get(waiter.id)?.reason) waiter.tell(reason);
      this.#told.set(waiter.id, { reason, atMs: nowMs });
    }
  }
}
