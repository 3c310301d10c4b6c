import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { chooseCapacity } from '../../../../../worker/agent/object-store/store-capacity.js';

const GB = 1e9;

describe('chooseCapacity', () => {
  it.each([
    ['30 % of the available memory', 10 * GB, 100 * GB, 3 * GB],
    ['95 % of what is free in /dev/shm', 100 * GB, 10 * GB, 9.5 * GB],
    ['200 GB', 10_000 * GB, 10_000 * GB, 200 * GB],
    ['75 MB at least', 0.1 * GB, 0.064 * GB, 0.075 * GB],
  ])('is %s by default, whichever is least', (_name, availableMemory, freeSharedMemory, expected) => {
    expect(chooseCapacity(undefined, { availableMemory, freeSharedMemory })).toBe(expected);
  });

  it('is what was asked for, also beyond 30 % of the memory', () => {
    expect(chooseCapacity(2 * GB, { availableMemory: 3 * GB, freeSharedMemory: 3 * GB })).toBe(2 * GB);
  });

  it.each([74_999_999, 1e8 + 0.5, Number.NaN, -1])('refuses %p bytes', (requested) => {
    const figures = { availableMemory: 3 * GB, freeSharedMemory: 3 * GB };
    expect(() => chooseCapacity(requested, figures)).toThrow(InvalidArgumentError);
  });

  it('refuses more than /dev/shm has, and says how to give it more', () => {
    const figures = { availableMemory: 9 * GB, freeSharedMemory: 64e6 };
    expect(() => chooseCapacity(1 * GB, figures)).toThrow(/64000000 bytes that are free.*--shm-size/);
  });
});
