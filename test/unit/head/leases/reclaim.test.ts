import { holdersToAsk, type Want } from '../../../../head/leases/reclaim.js';
import type { PlacementGroupId, WorkerId } from '../../../../src/core/index.js';
import { inBundle, leaseRecord } from '../../../support/head-records.js';

const g1 = 'g1' as PlacementGroupId;
const heldBy = (holder: string, resources: Record<string, number>, change = {}) =>
  leaseRecord(`l-${holder}`, resources, { state: 'GRANTED', holderWorkerId: holder as WorkerId, ...change });
const want = (resources: Record<string, number>, placementGroupId?: PlacementGroupId): Want => ({
  resources,
  placementGroupId,
});

describe('those who are asked for leases that they do not need', () => {
  it('hold something that somebody waits for', () => {
    const leases = [heldBy('w1', { CPU: 1 }), heldBy('w2', { GPU: 1, CPU: 1 }), heldBy('w3', { disk: 1 })];
    expect([...holdersToAsk([want({ GPU: 1 })], leases)]).toEqual(['w2']);
    expect([...holdersToAsk([want({ GPU: 1 }), want({ disk: 1 })], leases)]).toEqual(['w2', 'w3']);
    expect([...holdersToAsk([], leases)]).toEqual([]);
  });

  it('hold it in the same placement group, or outside of them', () => {
    const leases = [heldBy('w1', { CPU: 1 }), heldBy('w2', { CPU: 1 }, { bundle: inBundle('g1', 0) })];
    expect([...holdersToAsk([want({ CPU: 1 }, g1)], leases)]).toEqual(['w2']);
    expect([...holdersToAsk([want({ CPU: 1 })], leases)]).toEqual(['w1']);
  });

  it('do hold it: not while they wait for it themselves, or have returned it', () => {
    const leases = [heldBy('w1', { CPU: 1 }, { state: 'PENDING' }), heldBy('w2', { CPU: 1 }, { state: 'RETURNING' })];
    expect([...holdersToAsk([want({ CPU: 1 })], leases)]).toEqual([]);
  });
});
