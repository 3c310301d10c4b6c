import { EngineDeadError, RayError, toError } from '../../core/index.js';
import type { Executor } from '../executor/executor.js';
import { laneRequests } from '../scheduler/lane.js';
import type { RequestFailure, Scheduler } from '../scheduler/scheduler.js';
import type { SchedulerStats } from '../scheduler/scheduler-stats.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import { processTime, type RequestAdmission, RequestAdmissions } from './request-admissions.js';

type State = { readonly kind: 'healthy' } | { readonly kind: 'poisoned'; readonly error: RayError };

/**
 * Drives scheduler and executor: plans steps, keeps one batch in flight for every pipeline stage, takes answers. A step
 * that fails leaves the ranks' caches in an unknown state, so it poisons the core: every later call throws its error.
 */
export class EngineCore {
  readonly #scheduler: Scheduler;
  readonly #executor: Executor;
  readonly #admissions = new RequestAdmissions();
  #numInFlight = 0;
  #state: State = { kind: 'healthy' };

  constructor(scheduler: Scheduler, executor: Executor) {
    this.#scheduler = scheduler;
    this.#executor = executor;
  }

  /** @throws {EngineDeadError} after a failed step. */
  addRequest(request: EngineCoreRequest): void {
    this.#requireHealthy();
    this.#scheduler.addRequest(request);
    this.#admissions.queued(request.requestId, processTime());
  }

  /** Unknown ids are ignored: the request may have ended meanwhile. */
  abortRequest(requestId: string): void {
    this.#admissions.forget(requestId);
    this.#scheduler.abortRequest(requestId);
  }

  /** For the grammars of its requests. */
  get scheduler(): Scheduler {
    return this.#scheduler;
  }

  /** Requests that ended with an error of their own since the last call. */
  takeFailures(): readonly RequestFailure[] {
    const failures = this.#scheduler.takeFailures();
    for (const { requestId } of failures) this.#admissions.forget(requestId);
    return failures;
  }

  /** Requests that had their first part in a step since the last call. */
  takeAdmissions(): readonly RequestAdmission[] {
    return this.#admissions.take();
  }

  stats(): SchedulerStats {
    return this.#scheduler.stats();
  }

  /** Forgets every cached prefix; false when requests in the cache keep it from doing so. */
  resetPrefixCache(): boolean {
    return this.#scheduler.resetPrefixCache();
  }

  /** A step would do something: a request is unfinished, or the answer for aborted ones is still out. */
  hasWork(): boolean {
    return this.#scheduler.hasUnfinishedRequests() || this.#numInFlight > 0;
  }

  /**
   * Plans as many steps as the pipeline holds, then waits for the oldest: filling goes before draining, so that no
   * stage idles while another's answer is awaited (vLLM's `step_with_batch_queue`).
   * @throws {RayError} what failed in the step; the same from every later call.
   */
  step(): EngineCoreOutput[] {
    this.#requireHealthy();
    try {
      this.#fillPipeline();
      if (this.#numInFlight === 0) return [];
      const output = this.#executor.collect();
      this.#numInFlight -= 1;
      return this.#scheduler.update(output);
    } catch (error) {
      throw this.#poison(error);
    }
  }

  shutdown(): void {
    this.#executor.shutdown();
  }

  #fillPipeline(): void {
    for (const [index, lane] of this.#scheduler.lanes.entries()) {
      if (this.#numInFlight >= this.#executor.maxConcurrentBatches) return;
      const plan = lane.stepInFlight === undefined ? this.#scheduler.schedule(index) : undefined;
      if (plan === undefined) continue;
      if (this.#admissions.isAwaiting) {
        this.#admissions.scheduled(
          laneRequests(lane).map(({ requestId }) => requestId),
          processTime(),
        );
      }
      this.#executor.submit(plan);
      this.#numInFlight += 1;
    }
  }

  #poison(cause: unknown): RayError {
    const error =
      cause instanceof RayError
        ? cause
        : new EngineDeadError(`The engine core failed in a step: ${toError(cause).message}`, { cause });
    this.#state = { kind: 'poisoned', error };
    return error;
  }

  #requireHealthy(): void {
    if (this.#state.kind === 'poisoned') throw this.#state.error;
  }
}
