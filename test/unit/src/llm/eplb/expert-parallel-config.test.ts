import { InvalidArgumentError } from '../../../../../src/core/index.js';
import type { ModelConfig } from '../../../../../src/llm/config/model-config.js';
import { checkNumExpertRanks, createExpertParallelConfig } from '../../../../../src/llm/eplb/expert-parallel-config.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const model: ModelConfig = {
  ...tinyLlama,
  experts: { numExperts: 4, numExpertsPerToken: 2, intermediateSize: 24, normTopkProb: true, layers: [true, false] },
};
const options = { numRanks: 4, strategy: 'linear', numRedundantExperts: 0 } as const;

describe('createExpertParallelConfig', () => {
  it('places the experts of every layer', () => {
    const layer = [[0], [1], [2], [3]];
    expect(createExpertParallelConfig(model, options)).toEqual({ placement: [layer, layer], balancing: undefined });
  });
});

describe('checkNumExpertRanks', () => {
  it('refuses more ranks than physical experts and says what helps', () => {
    expect(() => checkNumExpertRanks(4, 6)).toThrow(InvalidArgumentError);
    expect(() => checkNumExpertRanks(4, 6)).toThrow(
      /tensorParallelSize \(6\) must be at most the number of physical experts \(4\).*increase eplbConfig.numRedundantExperts/,
    );
  });

  it('accepts a rank for each', () => {
    expect(() => checkNumExpertRanks(6, 6)).not.toThrow();
  });
});
