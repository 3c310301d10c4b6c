import { type EngineArgs, resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import { createStageConfig, deriveEngineConfig } from '../../../../../../src/llm/config/engine-config.js';
import type { ModelConfig } from '../../../../../../src/llm/config/model-config.js';
import { tinyLlama } from '../../../../../support/tiny-llama.js';

const model: ModelConfig = {
  ...tinyLlama,
  experts: { numExperts: 5, numExpertsPerToken: 2, intermediateSize: 24, normTopkProb: true, layers: [true, true] },
};

function expertParallelOf(args: Partial<EngineArgs>, of = model) {
  const config = deriveEngineConfig(resolveEngineArgs({ model: 'm', tensorParallelSize: 2, ...args }), of);
  return createStageConfig(config, { stage: 0, localTensorRanks: [1], allowSpinning: false }).expertParallel;
}

describe('expert parallelism of a stage', () => {
  it('is left out unless it is asked for', () => {
    expect(expertParallelOf({})).toBeUndefined();
  });

  it('places the experts of every layer by the strategy', () => {
    const linear = [
      [0, 1, 2],
      [3, 4],
    ];
    const roundRobin = [
      [0, 2, 4],
      [1, 3],
    ];
    const place = (args: Partial<EngineArgs>) => expertParallelOf({ enableExpertParallel: true, ...args })?.placement;
    expect(place({})).toEqual([linear, linear]);
    expect(place({ expertPlacementStrategy: 'round_robin' })).toEqual([roundRobin, roundRobin]);
  });

  it('has redundant experts, and balances, with EPLB', () => {
    const eplbConfig = { numRedundantExperts: 1, windowSize: 10, stepInterval: 20 };
    expect(expertParallelOf({ enableExpertParallel: true, enableEplb: true, eplbConfig })).toMatchObject({
      placement: [
        [
          [0, 1, 2],
          [3, 4, 0],
        ],
        expect.anything(),
      ],
      balancing: { windowSize: 10, stepInterval: 20 },
    });
    expect(expertParallelOf({ enableExpertParallel: true })?.balancing).toBeUndefined();
  });

  it('is refused for a dense model', () => {
    expect(() => expertParallelOf({ enableExpertParallel: true }, tinyLlama)).toThrow(
      'Number of experts in the model must be greater than 0 when expert parallelism is enabled.',
    );
  });

  it('is refused with more ranks than experts', () => {
    const args = { enableExpertParallel: true, tensorParallelSize: 6 };
    expect(() => expertParallelOf(args)).toThrow('must be at most the number of physical experts (5)');
    const eplbConfig = { numRedundantExperts: 1 };
    expect(expertParallelOf({ ...args, enableEplb: true, eplbConfig })?.placement[0]).toHaveLength(6);
  });
});
