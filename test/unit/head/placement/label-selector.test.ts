import { formatSelector, meetsSelector, validateLabelSelector } from '../../../../head/placement/label-selector.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

describe('a label selector', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['!a', 'b', true],
    ['!a', 'a', false],
    ['in(a,b)', 'b', true],
    ['in(a, b)', 'b', true],
    ['in(a,b)', 'c', false],
    ['!in(a,b)', 'c', true],
    ['!in(a,b)', 'a', false],
  ])('%s of a node with %s is met: %s', (condition, label, isMet) => {
    expect(meetsSelector({ zone: label }, { zone: condition })).toBe(isMet);
  });

  it('takes a missing label for none of the values', () => {
    expect(meetsSelector({}, { zone: 'a' })).toBe(false);
    expect(meetsSelector({}, { zone: '!a', disk: '!in(ssd,hdd)' })).toBe(true);
  });

  it('is met when every condition is', () => {
    expect(meetsSelector({ zone: 'a', disk: 'ssd' }, { zone: 'a', disk: 'hdd' })).toBe(false);
    expect(meetsSelector({ zone: 'a' }, {})).toBe(true);
  });

  it.each([
    { 'ray.io/accelerator-type': 'A100' },
    { zone: '!in(us-west-1a,us_west.1b)' },
    { ['a'.repeat(63)]: 'b'.repeat(63) },
  ])('%j is one', (selector) => {
    expect(() => validateLabelSelector(selector)).not.toThrow();
  });

  it.each([
    { zone: '' },
    { zone: 'in()' },
    { zone: 'in(a,,b)' },
    { zone: 'in(a' },
    { zone: '-a' },
    { zone: 'a b' },
    { zone: 'b'.repeat(64) },
    { '': 'a' },
    { 'Ray.io/zone': 'a' },
    { '/zone': 'a' },
    { 'a/b/c': 'a' },
    { ['a'.repeat(64)]: 'a' },
    { [`${'a'.repeat(254)}/b`]: 'a' },
  ])('%j is none', (selector) => {
    expect(() => validateLabelSelector(selector as Record<string, string>)).toThrow(InvalidArgumentError);
  });

  it('reads well in messages', () => {
    expect(formatSelector({ zone: 'in(a,b)', disk: '!hdd' })).toBe('{zone: "in(a,b)", disk: "!hdd"}');
  });
});
