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

  /** The shapes with their leases, the shape with the oldest lease first, in each the oldest lease first. */
  list(): readonly (readonly LeaseRecord[])[] {
    const queues = [...this.#queues.values()].map((queue) => [...queue.values()]);
    return queues.length < 2 ? queues : queues.sort((left, right) => left[0]!.requestedAtMs - right[0]!.requestedAtMs);
  }

  get size(): number {
    return this.#shapes.size;
  }
}

const sortByAge = (queue: ReadonlyMap<LeaseId, LeaseRecord>): Map<LeaseId, LeaseRecord> =>
  new Map([...queue].sort(([, left], [, right]) => left.requestedAtMs - right.requestedAtMs));

function shapeOf({ request, bundle }: LeaseRecord): string {
  const { resources, strategy, labelSelectors } = request;
  return JSON.stringify([resources, bundle ?? [strategy, labelSelectors]]);
}
