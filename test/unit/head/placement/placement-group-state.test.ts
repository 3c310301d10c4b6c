import {
  type PlacementGroupState,
  placementGroupTransitions,
} from '../../../../head/placement/placement-group-state.js';
import { InternalError, transition } from '../../../../src/core/index.js';

const become = (from: PlacementGroupState, to: PlacementGroupState): PlacementGroupState =>
  transition(placementGroupTransitions, 'Placement group', 'pg', from, to);

describe('the states of a placement group', () => {
  it('lead from a request to a usable group, and through the loss of a node', () => {
    const path = ['PENDING', 'PREPARED', 'CREATED', 'RESCHEDULING', 'PREPARED', 'CREATED', 'REMOVED'] as const;
    for (const [i, to] of path.slice(1).entries()) expect(become(path[i] as PlacementGroupState, to)).toBe(to);
  });

  it.each([
    ['PENDING', 'CREATED'],
    ['RESCHEDULING', 'CREATED'],
    ['CREATED', 'PENDING'],
  ] as const)('never skip the stored reservation: %s to %s', (from, to) => {
    expect(() => become(from, to)).toThrow(InternalError);
  });

  it('end with REMOVED', () => {
    expect(placementGroupTransitions.REMOVED).toEqual([]);
  });
});
