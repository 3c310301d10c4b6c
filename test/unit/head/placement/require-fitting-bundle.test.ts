import { requireFittingBundle } from '../../../../head/placement/require-fitting-bundle.js';
import { ActorUnschedulableError, toFixedPoint } from '../../../../src/core/index.js';
import { groupRecord, inBundle } from '../../../support/head-records.js';

const group = groupRecord('g1', [{ CPU: 1 }, { GPU: 2 }], ['n1', 'n1']);
const require = (request: Record<string, number>, index: number): void =>
  requireFittingBundle('Counter', toFixedPoint(request), inBundle('g1', index), group, ActorUnschedulableError);

describe('requireFittingBundle', () => {
  it('accepts what fits the bundle, or any bundle', () => {
    expect(() => require({ GPU: 0.5 }, 1)).not.toThrow();
    expect(() => require({ GPU: 0.5 }, -1)).not.toThrow();
    expect(() => require({}, 0)).not.toThrow();
  });

  it.each([2, -2, 0.5])('refuses the index %d', (index) => {
    expect(() => require({ CPU: 1 }, index)).toThrow(
      `Placement group bundle index ${index} is invalid. Valid indexes: 0-1, or -1 for any.`,
    );
  });

  it('refuses what can never fit, in the words of Ray', () => {
    expect(() => require({ CPU: 2 }, -1)).toThrow(
      'Cannot schedule Counter with the placement group because the resource request {CPU: 2} cannot fit into any ' +
        'bundles for the placement group, [{CPU: 1}, {GPU: 2}].',
    );
    expect(() => require({ CPU: 1 }, 1)).toThrow(ActorUnschedulableError);
  });
});
