import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { RandomWeightSource, type WeightSource } from '../../../../worker/model/weights/index.js';
import { LocalPipeline, type PipelineShape } from '../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { tinyLlama } from '../../../support/tiny-llama.js';

const prompts = [[5, 100, 33, 2, 64, 7, 7, 81], [99]];

/** All log-probabilities after each of two prompts and of two decoded tokens, by token id. */
async function allLogprobs(
  model: ModelConfig,
  shape: PipelineShape,
  weights: WeightSource = new RandomWeightSource(3),
): Promise<number[][]> {
  const pipeline = await LocalPipeline.load(model, shape, weights);
  try {
    const slotSamplings = prompts.map((_, slot) => greedy(slot, model.vocabSize));
    const first = pipeline.execute({ slotSamplings, passes: prompts.map((prompt, slot) => prefill(slot, prompt)) });
    const rows = prompts.map((prompt, row) => ({ tokenId: 50 + row, numComputed: prompt.length }));
    const second = pipeline.execute({ passes: [decode(0, rows)] });
    return [...first, ...second].map(({ topTokenIds, topLogprobs }) => {
      const byToken = new Array<number>(model.vocabSize);
      for (const [rank, token] of topTokenIds.entries()) byToken[token] = topLogprobs[rank]!;
      return byToken;
    });
  } finally {
    pipeline.close();
  }
}

const largestDifference = (left: readonly number[][], right: readonly number[][]): number =>
  Math.max(...left.flatMap((row, index) => row.map((value, token) => Math.abs(value - right[index]![token]!))));

const whole: PipelineShape = { tensorParallelSize: 1, layersPerStage: [2] };

describe('a model with llama3 rope and a vocabulary that the ranks can not divide', () => {
  describe.each<[string, ModelConfig]>([
    ['without biases', tinyLlama],
    ['with biases', { ...tinyLlama, attentionBias: true, mlpBias: true }],
    ['with tied embeddings', { ...tinyLlama, tieWordEmbeddings: true }],
  ])('%s', (_, model) => {
    it.each<[string, PipelineShape]>([
      ['split key-value heads', { tensorParallelSize: 2, layersPerStage: [2] }],
      ['copied key-value heads', { tensorParallelSize: 4, layersPerStage: [2] }],
      ['more copies, over two stages', { tensorParallelSize: 12, layersPerStage: [1, 1] }],
    ])('gives the logits of one rank with %s', async (_name, shape) => {
      const difference = largestDifference(await allLogprobs(model, whole), await allLogprobs(model, shape));
      expect(difference).toBeLessThan(1e-5);
    });
  });

  it('gives other logits with biases, tied embeddings, or another rope', async () => {
    const base = await allLogprobs(tinyLlama, whole);
    const variants: Partial<ModelConfig>[] = [
      { attentionBias: true },
      { mlpBias: true },
      { tieWordEmbeddings: true },
      { rope: { type: 'default', theta: 500 } },
    ];
    for (const variant of variants) {
      const difference = largestDifference(base, await allLogprobs({ ...tinyLlama, ...variant }, whole));
      expect(difference).toBeGreaterThan(1e-3);
    }
  });
});

/** Random weights that repeat, from another place in every tensor: many are made in no time. */
function createRepeatedWeights(): WeightSource {
  const length = 65_521;
  const values = new Float32Array(2 * length);
  new RandomWeightSource(3).read({ name: 'w', shape: [length, 1], rows: { start: 0, end: length } }, values);
  values.copyWithin(length, 0, length);
  return {
    has: () => false,
    read({ name, shape }, destination) {
      if (shape.length === 1) destination.fill(1);
      const start = (Buffer.from(name).reduce((sum, byte) => sum * 31 + byte, 0) >>> 0) % length;
      const tile = values.subarray(start, start + length);
      for (let done = 0; shape.length > 1 && done < destination.length; done += length) {
        destination.set(tile.subarray(0, destination.length - done), done);
      }
    },
    readIntegers: () => undefined,
    close: () => undefined,
  };
}

describe('a model too large for one graph', () => {
  const repeated = createRepeatedWeights();

  it('gives the logits of its layers in stages of their own', async () => {
    const model = { ...tinyLlama, hiddenSize: 1024, intermediateSize: 8192 };
    const stages: PipelineShape = { tensorParallelSize: 1, layersPerStage: [1, 1] };
    const [parted, staged] = [await allLogprobs(model, whole, repeated), await allLogprobs(model, stages, repeated)];
    expect(largestDifference(parted, staged)).toBeLessThan(1e-5);
  });
});
