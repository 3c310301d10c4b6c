import { InvalidArgumentError } from '../../../../../src/core/index.js';
import type { ModelConfig } from '../../../../../src/llm/config/model-config.js';
import { createExpertParallelConfig } from '../../../../../src/llm/eplb/expert-parallel-config.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const model: ModelConfig = {
  ...tinyLlama,
  experts: { numExperts: 4, numExpertsPerToken: 2, intermediateSize: 24, normTopkProb: true, layers: [true, false] },
};
const options = { numRanks: 4, strategy: 'linear', numRedundantExperts: 0 } as const;

describe('createExpertParallelConfig', () => {
  it('places the experts of every layer', () => {
    const layer = [[0], [1], [2], [3]];
    expect(createExpertParallelConfig(model, options)).toEqual({ placement: [layer, layer] });
  });

  it('refuses a model without experts', () => {
    expect(() => createExpertParallelConfig(tinyLlama, options)).toThrow(
      new InvalidArgumentError(
        'Number of experts in the model must be greater than 0 when expert parallelism is enabled.',
      ),
    );
  });

  it('refuses more ranks than physical experts and says what helps', () => {
    expect(() => createExpertParallelConfig(model, { ...options, numRanks: 6 })).toThrow(
      /tensor parallel size \(6\) must be at most the number of physical experts \(4\).*Decrease tensorParallelSize/,
    );
    expect(() => createExpertParallelConfig(model, { ...options, numRanks: 6, numRedundantExperts: 2 })).not.toThrow();
  });
});
