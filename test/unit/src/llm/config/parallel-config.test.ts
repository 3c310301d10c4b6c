import {
  createParallelConfig,
  outputRank,
  placeOfRank,
  rankOfPlace,
  splitLayers,
} from '../../../../../src/llm/config/parallel-config.js';
import { storytellerConfig } from './model-config-fixture.js';

const layerCounts = (numLayers: number, numStages: number, partition?: string): number[] =>
  splitLayers(numLayers, numStages, partition).map(({ firstLayer, endLayer }) => endLayer - firstLayer);

describe('splitLayers', () => {
  it.each([
    [10, 4, [2, 3, 3, 2]],
    [32, 4, [8, 8, 8, 8]],
    [5, 2, [3, 2]],
    [7, 4, [2, 2, 2, 1]],
    [61, 8, [7, 7, 8, 8, 8, 8, 8, 7]],
    [6, 1, [6]],
  ])('splits %i layers over %i stages as vLLM does', (numLayers, numStages, expected) => {
    expect(layerCounts(numLayers, numStages)).toEqual(expected);
  });

  it('gives neighbouring ranges that cover every layer', () => {
    expect(splitLayers(10, 3)).toEqual([
      { firstLayer: 0, endLayer: 3 },
      { firstLayer: 3, endLayer: 7 },
      { firstLayer: 7, endLayer: 10 },
    ]);
  });

  it('takes the counts of a partition', () => {
    expect(layerCounts(10, 3, '1, 5,4')).toEqual([1, 5, 4]);
  });

  it.each([
    ['2,x', 'Invalid partition string: 2,x.'],
    ['10,0', 'Invalid partition string: 10,0.'],
    ['10', 'has 1 stages, but pipelineParallelSize is 2'],
    ['4,4', 'adds up to 8 layers, but the model has 10'],
  ])('refuses the partition %s', (partition, message) => {
    expect(() => splitLayers(10, 2, partition)).toThrow(message);
  });
});

describe('rank layout', () => {
  it('puts the tensor ranks of a stage next to each other', () => {
    const places = [0, 1, 2, 3].map((rank) => placeOfRank(rank, 2));
    expect(places).toEqual([
      { stage: 0, tensorRank: 0 },
      { stage: 0, tensorRank: 1 },
      { stage: 1, tensorRank: 0 },
      { stage: 1, tensorRank: 1 },
    ]);
    expect(places.map((place) => rankOfPlace(place, 2))).toEqual([0, 1, 2, 3]);
  });

  it('answers from the first tensor rank of the last stage', () => {
    expect(outputRank({ worldSize: 8, tensorParallelSize: 2 })).toBe(6);
  });
});

describe('createParallelConfig', () => {
  it('multiplies the sizes to the world size', () => {
    const config = createParallelConfig(storytellerConfig, { tensorParallelSize: 4, pipelineParallelSize: 3 });
    expect(config.worldSize).toBe(12);
    expect(config.stageLayers).toHaveLength(3);
  });

  it('allows more tensor ranks than key/value heads when the heads divide them', () => {
    const sizes = { tensorParallelSize: 8, pipelineParallelSize: 1 };
    expect(createParallelConfig(storytellerConfig, sizes).tensorParallelSize).toBe(8);
  });

  it('refuses attention heads that the ranks can not share', () => {
    const sizes = { tensorParallelSize: 3, pipelineParallelSize: 1 };
    expect(() => createParallelConfig(storytellerConfig, sizes)).toThrow(
      'Total number of attention heads (8) must be divisible by tensor parallel size (3).',
    );
  });

  it('refuses key/value heads that the ranks can neither share nor repeat', () => {
    const model = { ...storytellerConfig, numAttentionHeads: 12, numKeyValueHeads: 4 };
    expect(() => createParallelConfig(model, { tensorParallelSize: 6, pipelineParallelSize: 1 })).toThrow(
      'Total number of key/value heads (4)',
    );
  });

  it('refuses more stages than layers', () => {
    const sizes = { tensorParallelSize: 1, pipelineParallelSize: 7 };
    expect(() => createParallelConfig(storytellerConfig, sizes)).toThrow('Total number of layers (6)');
  });
});
