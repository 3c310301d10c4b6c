import { survivingWorkers } from '../../../../head/jobs/surviving-workers.js';
import type { WorkerId } from '../../../../src/core/index.js';
import { actorRecord, addressOf, leaseRecord } from '../../../support/head-records.js';

/** An actor with a process, made by the worker of another one. */
const actor = (id: string, owner: string, change: Parameters<typeof actorRecord>[2] = {}) =>
  actorRecord(id, {}, { address: addressOf(`w-${id}`, 'n1'), ownerWorkerId: owner as WorkerId, ...change });
const lease = (id: string, holder: string) =>
  leaseRecord(id, {}, { address: addressOf(`w-${id}`, 'n1'), holderWorkerId: holder as WorkerId, state: 'GRANTED' });

describe('the workers that outlive their job', () => {
  it('are those of detached actors, of what these made, and so on', () => {
    const actors = [
      actor('grandchild', 'w-task'),
      actor('child', 'w-root'),
      actor('root', 'driver', { isDetached: true }),
      actor('other', 'driver'),
      actor('child-of-other', 'w-other'),
    ];
    const leases = [lease('task', 'w-child'), lease('other-task', 'driver')];
    expect([...survivingWorkers(actors, leases)].sort()).toEqual(['w-child', 'w-grandchild', 'w-root', 'w-task']);
  });

  it('are none without a living detached actor that has a process', () => {
    const dead = actor('root', 'driver', { isDetached: true, state: 'DEAD' });
    const starting = actorRecord('late', {}, { isDetached: true, state: 'PENDING_CREATION' });
    expect(survivingWorkers([dead, starting, actor('child', 'w-root')], []).size).toBe(0);
  });
});
