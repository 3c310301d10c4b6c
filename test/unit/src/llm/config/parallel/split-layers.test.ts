import { readLayerPartition, splitLayers } from '../../../../../../src/llm/config/parallel/split-layers.js';

const layerCounts = (numLayers: number, numStages: number, counts?: string): number[] =>
  splitLayers(numLayers, numStages, counts === undefined ? undefined : { variable: 'VARIABLE', counts }).map(
    ({ firstLayer, endLayer }) => endLayer - firstLayer,
  );

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
    ['10', 'VARIABLE=10 has 1 stages, but pipelineParallelSize is 2'],
    ['4,4', 'VARIABLE=4,4 adds up to 8 layers, but the model has 10'],
  ])('refuses the partition %s', (partition, message) => {
    expect(() => layerCounts(10, 2, partition)).toThrow(message);
  });
});

describe('readLayerPartition', () => {
  it("takes vLLM's variable, then the project's own, and none when both are empty", () => {
    const own = { RAY_TS_PP_LAYER_PARTITION: '2,4' };
    expect(readLayerPartition(own)).toEqual({ variable: 'RAY_TS_PP_LAYER_PARTITION', counts: '2,4' });
    expect(readLayerPartition({ ...own, VLLM_PP_LAYER_PARTITION: '3,3' })?.counts).toBe('3,3');
    expect(readLayerPartition({ VLLM_PP_LAYER_PARTITION: '' })).toBeUndefined();
  });
});
