import type { ModelConfig } from '../../../../../../src/llm/config/model-config.js';
import type { ExpertParallelConfig } from '../../../../../../src/llm/eplb/expert-parallel-config.js';
import { requireArchitecture } from '../../../../../../worker/model/graphs/index.js';
import { RandomWeightSource, type WeightSlice } from '../../../../../../worker/model/weights/index.js';
import { tinyLlama } from '../../../../../support/tiny-llama.js';

const model: ModelConfig = {
  ...tinyLlama,
  architecture: 'Qwen3MoeForCausalLM',
  experts: { numExperts: 4, numExpertsPerToken: 2, intermediateSize: 24, normTopkProb: true, layers: [true, false] },
};

/** What rank 1 of 2 reads of the MLPs' down projections: name and columns. */
async function downProjections(expertParallel?: ExpertParallelConfig): Promise<(readonly [string, string])[]> {
  const slices: WeightSlice[] = [];
  const weights = Object.assign(new RandomWeightSource(0), { read: (slice: WeightSlice) => void slices.push(slice) });
  const tensorRank = { rank: 1, size: 2 };
  const layers = { firstLayer: 0, endLayer: 2 };
  const shard = { model, layers, isFirstStage: true, isLastStage: true, tensorRank, expertParallel };
  for (const recipe of requireArchitecture(model.architecture)(shard)) {
    await recipe({
      shard,
      weights,
      allocateWeights: (length) => new Float32Array(length),
      allocateBytes: (length) => new Uint8Array(length),
      afterLayer: async () => undefined,
    });
  }
  return slices
    .filter(({ name }) => name.includes('down_proj'))
    .map(({ name, columns }) => [name.replace(/model\.layers\.|\.weight/g, ''), `${columns?.start}-${columns?.end}`]);
}

describe('the MLPs of a rank', () => {
  it('have a part of every expert without expert parallelism', async () => {
    expect(await downProjections()).toEqual([
      ['0.mlp.experts.0.down_proj', '12-24'],
      ['0.mlp.experts.1.down_proj', '12-24'],
      ['0.mlp.experts.2.down_proj', '12-24'],
      ['0.mlp.experts.3.down_proj', '12-24'],
      ['1.mlp.down_proj', '36-72'],
    ]);
  });

  it('have whole experts with it, and still a part of a dense layer', async () => {
    const layer = [
      [0, 2],
      [3, 1, 0],
    ];
    expect(await downProjections({ placement: [layer, layer] })).toEqual([
      ['0.mlp.experts.3.down_proj', '0-24'],
      ['0.mlp.experts.1.down_proj', '0-24'],
      ['0.mlp.experts.0.down_proj', '0-24'],
      ['1.mlp.down_proj', '36-72'],
    ]);
  });
});
