import type { Request } from './request.js';
import type { SchedulingPolicy } from './scheduler-config.js';

/** Negative when `left` goes first: it is served earlier and preempted later. */
export function compareRequests(policy: SchedulingPolicy, left: Request, right: Request): number {
  if (policy === 'fcfs') return left.index - right.index;
  return left.priority - right.priority || left.arrivalTime - right.arrivalTime || left.index - right.index;
}

/**
 * The requests that don't run, in the order in which they will. A preempted one takes its old place among them: under
 * `fcfs` that is the front, since whatever still waits came later.
 */
export class WaitingQueue {
  readonly #policy: SchedulingPolicy;
  readonly #requests: Request[] = [];

  constructor(policy: SchedulingPolicy) {
    this.#policy = policy;
  }

  get requests(): readonly Request[] {
    return this.#requests;
  }

  get length(): number {
    return this.#requests.length;
  }

  get first(): Request | undefined {
    return this.#requests[0];
  }

  add(request: Request): void {
    const after = this.#requests.findLastIndex((other) => compareRequests(this.#policy, other, request) < 0);
    this.#requests.splice(after + 1, 0, request);
  }

  /** A request that doesn't wait is ignored. */
  remove(request: Request): void {
    const index = this.#requests.indexOf(request);
    if (index !== -1) this.#requests.splice(index, 1);
  }
}
