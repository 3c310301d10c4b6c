import { PendingNotice } from '../../../../src/api/pending-notice.js';
import type { PlacementGroupState } from '../../../../src/rpc/index.js';

describe('PendingNotice', () => {
  let notice: PendingNotice;
  const next = (state: string, nowMs: number, reason = ''): string | undefined =>
    notice.next(
      { placementGroupId: 'g1', state: `PLACEMENT_GROUP_STATE_${state}` as PlacementGroupState, nodeIds: [], reason },
      nowMs,
    );

  beforeEach(() => {
    notice = new PendingNotice('Placement group trainers', 1_000);
  });

  it('is silent about a group that is placed soon', () => {
    expect(next('PENDING', 1_100, 'node n1 has no room left')).toBeUndefined();
    expect(next('PREPARED', 2_000)).toBeUndefined();
    expect(next('CREATED', 2_000)).toBeUndefined();
  });

  it('says why a group waits after five seconds, once for each reason, and when it is over', () => {
    expect(next('PENDING', 6_000, 'It waits for GPUs.')).toBe(
      'Placement group trainers has waited 5 s. It waits for GPUs.',
    );
    expect(next('PENDING', 9_000, 'It waits for GPUs.')).toBeUndefined();
    expect(next('PENDING', 11_000, 'It waits for CPUs.')).toBe(
      'Placement group trainers has waited 10 s. It waits for CPUs.',
    );
    expect(next('CREATED', 13_000)).toBe('Placement group trainers is placed, after 12 s.');
  });

  it('begins anew with a group that lost bundles', () => {
    next('CREATED', 2_000);
    expect(next('RESCHEDULING', 60_000, 'node n1 died')).toBeUndefined();
    expect(next('RESCHEDULING', 65_000, 'It waits for GPUs.')).toBe(
      'Placement group trainers has waited 5 s. It waits for GPUs.',
    );
  });

  it('says nothing of a group that was removed', () => {
    expect(next('REMOVED', 60_000, 'by its owner')).toBeUndefined();
  });
});
