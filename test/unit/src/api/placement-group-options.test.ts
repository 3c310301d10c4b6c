import { type PlacementGroupOptions, toGroupRequest } from '../../../../src/api/placement-group-options.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

describe('the options of a placement group', () => {
  it('have defaults', () => {
    expect(toGroupRequest([{ CPU: 0.5 }], {})).toEqual({
      name: '',
      strategy: 'PLACEMENT_STRATEGY_PACK',
      detached: false,
      waitForNodes: false,
      bundles: [{ units: { CPU: 5_000 } }],
      bundleLabelSelector: [],
    });
  });

  it('go into the request', () => {
    const request = toGroupRequest([{ GPU: 1 }], {
      strategy: 'STRICT_SPREAD',
      name: 'trainers',
      lifetime: 'detached',
      waitForNodes: true,
      bundleLabelSelector: [{ zone: 'a' }],
    });
    expect(request).toMatchObject({
      name: 'trainers',
      strategy: 'PLACEMENT_STRATEGY_STRICT_SPREAD',
      detached: true,
      waitForNodes: true,
      bundleLabelSelector: [{ terms: { zone: 'a' } }],
    });
  });

  it.each([
    [{ strategy: 'pack' }, 'Invalid placement group strategy pack. Supported strategies are: PACK, SPREAD'],
    [{ lifetime: 'forever' }, "'detached' or not given, got 'forever'"],
    [{ bundleLabelSelector: [{}, {}] }, 'bundleLabelSelector has 2 entries for 1 bundles'],
    [{ names: 'x' }, 'Invalid option names of a placement group. Valid ones are strategy, name,'],
  ])('are refused when they make no sense: %j', (options, message) => {
    const request = (): unknown => toGroupRequest([{ CPU: 1 }], options as PlacementGroupOptions);
    expect(request).toThrow(InvalidArgumentError);
    expect(request).toThrow(message);
  });
});
