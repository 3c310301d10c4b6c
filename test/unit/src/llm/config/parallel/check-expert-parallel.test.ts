import { checkExpertParallel } from '../../../../../../src/llm/config/parallel/check-expert-parallel.js';
import { eplbConfigSchema } from '../../../../../../src/llm/config/parallel/eplb-config.js';

const dense = {};
const experts = { numExperts: 8, numExpertsPerToken: 2, intermediateSize: 4, normTopkProb: true, layers: [true] };

function check(model: { experts?: typeof experts }, changes: Partial<Parameters<typeof checkExpertParallel>[1]>) {
  const parallel = {
    enableExpertParallel: true,
    enableEplb: true,
    eplbConfig: eplbConfigSchema.parse({}),
    tensorParallelSize: 1,
    dataParallelSize: 2,
    ...changes,
  };
  return () => checkExpertParallel(model, parallel);
}

describe('checkExpertParallel', () => {
  it('has experts to split', () => {
    expect(check({ experts }, {})).not.toThrow();
    expect(check(dense, {})).toThrow('Number of experts in the model must be greater than 0');
    expect(check(dense, { enableExpertParallel: false, enableEplb: false })).not.toThrow();
  });

  it('moves experts only where they are split, over more than one rank', () => {
    expect(check({ experts }, { enableExpertParallel: false })).toThrow(
      'enableExpertParallel must be true to use EPLB.',
    );
    expect(check({ experts }, { dataParallelSize: 1 })).toThrow('EPLB requires tensorParallelSize or dataParallelSize');
  });

  it('has redundant experts only with EPLB', () => {
    const eplbConfig = eplbConfigSchema.parse({ numRedundantExperts: 3 });
    expect(check({ experts }, { eplbConfig })).not.toThrow();
    expect(check({ experts }, { eplbConfig, enableEplb: false })).toThrow(
      'eplbConfig.numRedundantExperts is set to 3 but EPLB is not enabled.',
    );
  });
});
