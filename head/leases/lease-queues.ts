import type { LeaseId } from '../../src/core/index.js';
import type { LeaseRecord } from './lease-record.js';

/**
 * The leases that wait, in a queue for each shape of request: when the first of a shape finds no room, nobody behind it
 * does, so that a look costs as much as there are shapes, however many leases wait.
 */
export class LeaseQueues {
  readonly #queues = new Map<string, Map<LeaseId, LeaseRecord>>();
  readonly #shapes = new Map<LeaseId, string>();

  /** @param isRetry it had its turn before: it goes back to its place by age. */
  add(lease: LeaseRecord, isRetry = false): void {
    const shape = shapeOf(lease);
    const queue = this.#queues.get(shape) ?? new Map<LeaseId, LeaseRecord>();
    queue.set(lease.leaseId, lease);
    this.#shapes.set(lease.leaseId, shape);
    this.#queues.set(shape, isRetry ? sortByAge(queue) : queue);
  }

  delete(leaseId: LeaseId): void {
    const shape = this.#shapes.get(leaseId);
    if (shape === undefined) return;
    this.#shapes.delete(leaseId);
    const queue = this.#queues.get(shape)!;
    queue.delete(leaseId);
    if (queue.size === 0) this.#queues.delete(shape);
  }

  /**
   * The shapes with their leases, the shape with the oldest lease first, in each the oldest lease first. Leases may be
   * deleted while they are looked at.
   */
  list(): readonly Iterable<LeaseRecord>[] {
    const queues = [...this.#queues.values()];
    if (queues.length > 1) queues.sort((left, right) => ageOf(left) - ageOf(right));
    return queues.map((queue) => ({ [Symbol.iterator]: () => queue.values() }));
  }

  /** All of them. */
  waiting(): readonly LeaseRecord[] {
    return this.list().flatMap((queue) => [...queue]);
  }

  /** The oldest lease of each shape. */
  oldest(): readonly LeaseRecord[] {
    return [...this.#queues.values()].map(firstOf);
  }

  get size(): number {
    return this.#shapes.size;
  }
}

const firstOf = (queue: ReadonlyMap<LeaseId, LeaseRecord>): LeaseRecord => queue.values().next().value!;

const ageOf = (queue: ReadonlyMap<LeaseId, LeaseRecord>): number => firstOf(queue).requestedAtMs;

const sortByAge = (queue: ReadonlyMap<LeaseId, LeaseRecord>): Map<LeaseId, LeaseRecord> =>
  new Map([...queue].sort(([, left], [, right]) => left.requestedAtMs - right.requestedAtMs));

function shapeOf({ request, bundle }: LeaseRecord): string {
  const { resources, strategy, labelSelectors } = request;
  return JSON.stringify([resources, bundle ?? [strategy, labelSelectors]]);
}
