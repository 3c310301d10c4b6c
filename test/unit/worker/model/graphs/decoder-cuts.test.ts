import { ModelLoadError } from '../../../../../src/core/index.js';
import {
  type Cut,
  type CutRecipe,
  requireArchitecture,
  type StageShard,
} from '../../../../../worker/model/graphs/index.js';
import { modelProto } from '../../../../../worker/model/onnx/onnx-schema.js';
import { RandomWeightSource } from '../../../../../worker/model/weights/index.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const wholeStage: StageShard = {
  model: tinyLlama,
  layers: { firstLayer: 0, endLayer: 2 },
  isFirstStage: true,
  isLastStage: true,
  tensorRank: { rank: 0, size: 1 },
};

async function build(
  shard: Partial<StageShard>,
  afterLayer = async () => undefined,
  layersPerCut?: number,
  arrange = (recipes: readonly CutRecipe[]) => recipes,
): Promise<Cut[]> {
  const context = {
    shard: { ...wholeStage, ...shard },
    weights: new RandomWeightSource(1),
    allocateWeights: (length: number) => new Float32Array(length),
    allocateBytes: (length: number) => new Uint8Array(length),
    afterLayer: async () => void (await afterLayer()),
  };
  const cuts: Cut[] = [];
  const recipes = requireArchitecture('LlamaForCausalLM')(context.shard, layersPerCut);
  for (const recipe of arrange(recipes)) cuts.push(await recipe(context));
  return cuts;
}

const portsOf = (ports: Cut['inputs']): string[] =>
  ports.map(({ value }) => ('rank' in value ? `${value.kind} ${value.rank}` : value.kind));

function countBiases(cuts: readonly Cut[]): number {
  const initializers = cuts.flatMap(({ model }) => {
    const { graph } = modelProto.toObject(modelProto.decode(model.bytes)) as {
      graph: { initializer: { name: string }[] };
    };
    return graph.initializer.map(({ name }) => name);
  });
  return initializers.filter((name) => name.endsWith('.bias')).length;
}

describe('requireArchitecture', () => {
  it('refuses an unknown architecture and lists the known ones', () => {
    expect(() => requireArchitecture('MambaForCausalLM')).toThrow(ModelLoadError);
    expect(() => requireArchitecture('MambaForCausalLM')).toThrow(/MambaForCausalLM.*LlamaForCausalLM/);
  });

  it('does not take a property of objects for an architecture', () => {
    expect(() => requireArchitecture('constructor')).toThrow(ModelLoadError);
  });
});

describe('decoder cuts of Llama', () => {
  it('are the layers and the head, with one rank', async () => {
    const cuts = await build({});
    expect(cuts.map(({ name, runsIn }) => [name, runsIn])).toEqual([
      ['layers', 'every-pass'],
      ['head', 'sampled-passes'],
    ]);
  });

  it('part the layers where they share a graph with few, and hand the residual stream on', async () => {
    const cuts = await build({}, undefined, 1);
    expect(cuts.map(({ name }) => name)).toEqual(['layers.0-0', 'layers.1-1', 'head']);
    expect(cuts.map(({ inputs }) => portsOf(inputs)[0])).toEqual(['token-ids', 'hidden-states', 'hidden-states']);
    expect(portsOf(cuts[1]!.outputs)).toEqual(['key-cache', 'value-cache', 'hidden-states']);
  });

  it('can be built in any order', async () => {
    const size = { tensorRank: { rank: 0, size: 2 } };
    const inOrder = await build(size);
    const reversed = await build(size, undefined, undefined, (recipes) => recipes.toReversed());
    expect(reversed.toReversed().map(({ model }) => model.bytes)).toEqual(inOrder.map(({ model }) => model.bytes));
  });

  it('lie at the all-reduces, with more ranks', async () => {
    const names = (await build({ tensorRank: { rank: 1, size: 2 } })).map(({ name }) => name);
    expect(names).toEqual([
      'embedding',
      'layers.0.attention',
      'layers.0.mlp',
      'layers.1.attention',
      'layers.1.mlp',
      'head',
    ]);
  });

  it('end with the sum on a stage that is not the last', async () => {
    const cuts = await build({ isLastStage: false, tensorRank: { rank: 0, size: 2 } });
    expect(cuts.at(-1)).toMatchObject({ name: 'sum', runsIn: 'every-pass' });
    expect(portsOf(cuts.at(-1)!.inputs)).toEqual(['partial-sum 0', 'partial-sum 1', 'hidden-states']);
  });

  it('write their own partial sum and read those of all ranks', async () => {
    const [, attention, mlp] = await build({ tensorRank: { rank: 1, size: 2 } });
    expect(portsOf(attention!.outputs)).toContain('partial-sum 1');
    expect(portsOf(mlp!.inputs)).toEqual(['partial-sum 0', 'partial-sum 1', 'hidden-states']);
    expect(portsOf(mlp!.outputs)).toEqual(['hidden-states', 'partial-sum 1']);
  });

  it('take a later stage’s hidden states as they are', async () => {
    const [attention] = await build({ isFirstStage: false, tensorRank: { rank: 0, size: 2 } });
    expect(portsOf(attention!.inputs)).not.toContain('partial-sum 0');
    expect(portsOf(attention!.outputs)).not.toContain('hidden-states');
  });

  it('have row-parallel biases on rank 0 alone', async () => {
    const model = { ...tinyLlama, attentionBias: true, mlpBias: true };
    const columnParallelBiases = 2 * 3;
    const rowParallelBiases = 2 * 2;
    const biases = await Promise.all(
      [0, 1].map(async (rank) => countBiases(await build({ model, tensorRank: { rank, size: 2 } }))),
    );
    expect(biases).toEqual([columnParallelBiases + rowParallelBiases, columnParallelBiases]);
  });

  it('refuse a tensor parallel size that does not divide the heads', async () => {
    await expect(build({ tensorRank: { rank: 0, size: 5 } })).rejects.toThrow(ModelLoadError);
  });

  it('report every layer', async () => {
    let layers = 0;
    await build({}, async () => {
      layers += 1;
      return undefined;
    });
    expect(layers).toBe(2);
  });
});
