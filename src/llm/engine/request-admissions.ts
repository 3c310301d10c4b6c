/** When a request came to the engine core and when it first had a part in a step. */
export interface RequestAdmission {
  readonly requestId: string;
  /** Milliseconds of {@link processTime}. */
  readonly queuedTime: number;
  readonly scheduledTime: number;
}

/** Milliseconds on a clock that all threads of the process share and that never goes back. */
export const processTime = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Notes the times of requests until they are first scheduled; afterwards it knows them no more. */
export class RequestAdmissions {
  readonly #queuedTimes = new Map<string, number>();
  #admitted: RequestAdmission[] = [];

  queued(requestId: string, now: number): void {
    this.#queuedTimes.set(requestId, now);
  }

  /** The request ended before it was scheduled. */
  forget(requestId: string): void {
    this.#queuedTimes.delete(requestId);
  }

  /** Requests are waiting for their first step, so the next plan is worth looking at. */
  get isAwaiting(): boolean {
    return this.#queuedTimes.size > 0;
  }

  /** Takes note of those among the requests that are scheduled for the first time. */
  scheduled(requestIds: Iterable<string>, now: number): void {
    for (const requestId of requestIds) {
      const queuedTime = this.#queuedTimes.get(requestId);
      if (queuedTime === undefined) continue;
      this.#queuedTimes.delete(requestId);
      this.#admitted.push({ requestId, queuedTime, scheduledTime: now });
    }
  }

  /** What was admitted since the last call. */
  take(): readonly RequestAdmission[] {
    const admitted = this.#admitted;
    if (admitted.length > 0) this.#admitted = [];
    return admitted;
  }
}
