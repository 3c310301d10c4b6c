import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { QUANTIZATIONS, type Quantization } from '../../../../src/llm/config/quantization.js';
import { type HfGolden, readHfGolden } from '../../../support/hf-golden.js';
import { LocalPipeline, type PipelineShape } from '../../../support/local-pipeline.js';
import { logitError, mean } from '../../../support/logit-error.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { storytellerConfig, storytellerGolden } from '../../../support/storyteller.js';

/**
 * One of each way in which a checkpoint stores its linear layers; sizes that no block divides among them. Models whose
 * router nearly ties, such as mixtral and olmoe, are left out: a token that goes to another expert tells nothing of the products.
 */
const models = ['llama', 'llama_heads_of_6', 'phi3', 'gpt2_untied', 'qwen3_moe_mixed', 'gemma2'];

const splits = [
  { ranks: 1, stages: 1 },
  { ranks: 2, stages: 1 },
  { ranks: 1, stages: 2 },
];

/**
 * Root mean square of the errors of logits, as a share of that of the logits. A product loses half a hundredth with 8 bits
 * and 16 times that with 4; these models, random and narrow, multiply it. Wrong rows or columns would make it 1.4.
 */
const tolerances: Readonly<Record<Quantization, number>> = {
  int8: 0.15,
  'int8-block128': 0.15,
  int4: 0.8,
  'int4-block32': 0.8,
};

function shapeOf({ numHiddenLayers, numAttentionHeads }: ModelConfig, ranks: number, stages: number): PipelineShape {
  return {
    tensorParallelSize: numAttentionHeads % ranks === 0 ? ranks : 1,
    layersPerStage: stages === 1 ? [numHiddenLayers] : [1, numHiddenLayers - 1],
  };
}

describe.each(models)('%s with quantized weights', (name) => {
  let golden: HfGolden;
  beforeAll(async () => {
    golden = await readHfGolden(name);
  });

  it.each(QUANTIZATIONS.flatMap((quantization) => splits.map((split) => ({ quantization, ...split }))))(
    'is near transformers in $quantization with tp $ranks and pp $stages',
    async ({ quantization, ranks, stages }) => {
      const model = { ...golden.model, quantization };
      const pipeline = await LocalPipeline.load(model, shapeOf(model, ranks, stages));
      const error = logitError(pipeline, golden.cases.at(-1)!);
      pipeline.close();
      expect(error).toBeLessThan(tolerances[quantization]);
    },
  );
});

/** Of all tokens of the golden answers, the share that the model finds likeliest after the golden tokens before it. */
function top1Agreement(pipeline: LocalPipeline): number {
  const agreements = storytellerGolden.flatMap(({ prompt_token_ids: prompt, greedy: tokens }) => {
    const first = pipeline.execute({ passes: [prefill(0, prompt)], slotSamplings: [greedy(0, 0)] })[0]!;
    const rest = tokens.slice(0, -1).map((tokenId, index) => {
      const row = { tokenId, numComputed: prompt.length + index };
      return pipeline.execute({ passes: [decode(0, [row])] })[0]!;
    });
    return [first, ...rest].map(({ tokenId }, index) => (tokenId === tokens[index] ? 1 : 0));
  });
  return mean(agreements);
}

describe('storyteller with quantized weights', () => {
  const shape = { tensorParallelSize: 1, layersPerStage: [storytellerConfig.numHiddenLayers] };

  it.each([
    { quantization: 'int8', share: 0.93 },
    { quantization: 'int8-block128', share: 0.93 },
    { quantization: 'int4', share: 0.84 },
    { quantization: 'int4-block32', share: 0.86 },
  ] as const)('finds the same tokens likeliest in $quantization', async ({ quantization, share }) => {
    const pipeline = await LocalPipeline.load({ ...storytellerConfig, quantization }, shape);
    const agreement = top1Agreement(pipeline);
    pipeline.close();
    expect(agreement).toBeGreaterThanOrEqual(share);
  });
});
