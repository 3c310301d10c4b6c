import type { TaskEvent } from '../../src/rpc/index.js';

/** As many as Ray keeps. */
const DEFAULT_CAPACITY = 100_000;

/** What tasks and actor calls did lately, for `ray-ts list tasks` and the timeline; never in the store. */
export class TaskEventRing {
  readonly #capacity: number;
  readonly #events: TaskEvent[] = [];
  /** Where the next event goes once the ring is full: the place of the oldest. */
  #next = 0;
  #numDropped = 0;

  /** @param capacity default 100,000 events. */
  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Events that are missing: those that workers dropped, and those that others have pushed out. */
  get numDropped(): number {
    return this.#numDropped;
  }

  /** @param numDropped by the worker that sends them. */
  add(events: readonly TaskEvent[], numDropped: number): void {
    this.#numDropped += numDropped;
    for (const event of events) {
      if (this.#events.length < this.#capacity) {
        this.#events.push(event);
        continue;
      }
      this.#events[this.#next] = event;
      this.#next = (this.#next + 1) % this.#capacity;
      this.#numDropped += 1;
    }
  }

  /**
   * The last `limit` events, oldest first.
   * @param jobId empty: of every job.
   * @param limit 0: all.
   */
  list(jobId: string, limit: number): TaskEvent[] {
    const ordered = [...this.#events.slice(this.#next), ...this.#events.slice(0, this.#next)];
    const ofJob = jobId ? ordered.filter((event) => event.jobId === jobId) : ordered;
    return limit > 0 ? ofJob.slice(-limit) : ofJob;
  }
}
