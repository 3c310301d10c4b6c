import type { StageShard } from '../../../../../worker/model/graphs/index.js';
import { layersPerCut } from '../../../../../worker/model/runner/layers-per-cut.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const stage: StageShard = {
  model: tinyLlama,
  layers: { firstLayer: 0, endLayer: 24 },
  isFirstStage: true,
  isLastStage: true,
  tensorRank: { rank: 0, size: 1 },
};
/** 15 million weights in a layer, dense or with 64 experts of 64. */
const medium = { ...tinyLlama, hiddenSize: 896, intermediateSize: 4864, numAttentionHeads: 14, headDim: 64 };

describe('layersPerCut', () => {
  it('keeps a small model in one graph', () => {
    expect(layersPerCut(stage, 'cpu')).toBe(24);
  });

  it('parts a large model evenly', () => {
    expect(layersPerCut({ ...stage, model: medium }, 'cpu')).toBe(3);
    expect(layersPerCut({ ...stage, model: medium, layers: { firstLayer: 3, endLayer: 6 } }, 'cpu')).toBe(2);
  });

  it('leaves a layer whole, however large', () => {
    expect(layersPerCut({ ...stage, model: { ...medium, hiddenSize: 16_384 } }, 'cpu')).toBe(1);
  });

  it('counts all experts, and only the part of a rank', () => {
    const experts = { numExperts: 64, numExpertsPerToken: 2, intermediateSize: 64, normTopkProb: false, layers: [] };
    const model = { ...medium, experts };
    expect(layersPerCut({ ...stage, model }, 'cpu')).toBe(3);
    expect(layersPerCut({ ...stage, model, tensorRank: { rank: 0, size: 2 } }, 'cpu')).toBe(5);
  });

  it('keeps all layers in one graph on a device', () => {
    expect(layersPerCut({ ...stage, model: medium }, 'webgpu')).toBe(24);
  });
});
