import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { RandomWeightSource } from '../../../../worker/model/weights/index.js';
import { LocalPipeline, type PipelineShape } from '../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { tinyLlama } from '../../../support/tiny-llama.js';

const prompts = [[5, 100, 33, 2, 64, 7, 7, 81], [99]];

/** All log-probabilities after each of two prompts and of two decoded tokens, by token id. */
async function allLogprobs(model: ModelConfig, shape: PipelineShape): Promise<number[][]> {
  const pipeline = await LocalPipeline.load(model, shape, new RandomWeightSource(3));
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
