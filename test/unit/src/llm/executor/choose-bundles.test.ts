import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { chooseBundles } from '../../../../../src/llm/executor/choose-bundles.js';

const bundleSpecs = [{ CPU: 1 }, { GPU: 1 }, { CPU: 2 }, { CPU: 1 }];
const choose = (indices?: string, worldSize = 2, cpusPerWorker = 1): number[] =>
  chooseBundles({ bundleSpecs, worldSize, cpusPerWorker, indices });

describe('choosing bundles of a given placement group', () => {
  it('takes the first that are large enough', () => {
    expect(choose()).toEqual([0, 2]);
    expect(choose('', 1, 2)).toEqual([2]);
  });

  it('takes the ones that the environment names', () => {
    expect(choose('3, 0')).toEqual([3, 0]);
  });

  it('says how many there are when they are too few', () => {
    expect(() => choose(undefined, 4)).toThrow(
      'The ranks need 4 bundles of {CPU: 1}, and the placement group has 3 that are large enough, of 4.',
    );
  });

  it.each(['0', '0,0', '0,4', '0,x', '0,-1', '0,1,2'])('refuses the indices %s', (indices) => {
    expect(() => choose(indices)).toThrow(InvalidArgumentError);
  });

  it('refuses a named bundle that is too small', () => {
    expect(() => choose('0,1')).toThrow('Bundle 1 of the placement group has 0 CPUs, and a rank needs 1');
  });
});
