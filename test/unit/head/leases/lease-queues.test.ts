import { LeaseQueues } from '../../../../head/leases/lease-queues.js';
import type { LeaseId } from '../../../../src/core/index.js';
import { inBundle, leaseRecord } from '../../../support/head-records.js';

const cpu = (id: string, requestedAtMs: number) => leaseRecord(id, { CPU: 1 }, { requestedAtMs });
const gpu = (id: string, requestedAtMs: number) => leaseRecord(id, { GPU: 1 }, { requestedAtMs });

describe('LeaseQueues', () => {
  let queues: LeaseQueues;
  const list = (): string[] => queues.list().map((queue) => Array.from(queue, ({ leaseId }) => leaseId).join(' '));

  beforeEach(() => {
    queues = new LeaseQueues();
  });

  it('keeps a queue for each shape, that with the oldest lease first', () => {
    for (const lease of [gpu('g1', 2), cpu('c1', 1), cpu('c2', 3)]) queues.add(lease);
    queues.add(leaseRecord('b1', { CPU: 1 }, { requestedAtMs: 4, bundle: inBundle('pg', 0) }));
    expect(list()).toEqual(['c1 c2', 'g1', 'b1']);
    queues.delete('c1' as LeaseId);
    expect(list()).toEqual(['g1', 'c2', 'b1']);
    expect(queues.size).toBe(3);
  });

  it('gives one whose node refused it its place back', () => {
    for (const lease of [cpu('c1', 1), cpu('c2', 2)]) queues.add(lease);
    queues.delete('c1' as LeaseId);
    queues.add(cpu('c1', 1), true);
    expect(list()).toEqual(['c1 c2']);
  });

  it('forgets a shape that nobody wants any more', () => {
    queues.add(cpu('c1', 1));
    queues.delete('c1' as LeaseId);
    queues.delete('c1' as LeaseId);
    expect(list()).toEqual([]);
    expect(queues.size).toBe(0);
  });
});
