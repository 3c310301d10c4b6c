import type { ModelConfig } from '../../../../../src/llm/config/model-config.js';
import type { SupportedArchitecture } from '../../../../../src/llm/config/supported-architectures.js';
import { requireArchitecture } from '../../../../../worker/model/graphs/index.js';
import { RandomWeightSource, type WeightSlice } from '../../../../../worker/model/weights/index.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const model: ModelConfig = {
  ...tinyLlama,
  attentionBias: true,
  mlpBias: true,
  experts: {
    numExperts: 5,
    numExpertsPerToken: 2,
    intermediateSize: 24,
    normTopkProb: true,
    layers: [true, false],
  },
};

/** What the fields that errors name say of the model above. */
const SIZES: Readonly<Record<string, number>> = {
  vocab_size: 101,
  hidden_size: 48,
  n_embd: 48,
  intermediate_size: 72,
  n_inner: 72,
  '2 × intermediate_size': 144,
  'moe_intermediate_size or intermediate_size': 24,
  head_dim: 16,
  'num_attention_heads × head_dim': 192,
  'n_head × head_dim': 192,
  'num_key_value_heads × head_dim': 32,
  '(num_attention_heads + 2 × num_key_value_heads) × head_dim': 256,
  '(n_head + 2 × num_key_value_heads) × head_dim': 256,
  num_experts: 5,
  n_positions: 64,
};

/** All that a model of one rank reads of its weights. */
async function slicesOf(architecture: SupportedArchitecture): Promise<WeightSlice[]> {
  const slices: WeightSlice[] = [];
  const weights = Object.assign(new RandomWeightSource(0), { read: (slice: WeightSlice) => void slices.push(slice) });
  const shard = {
    model: { ...model, architecture },
    layers: { firstLayer: 0, endLayer: 2 },
    isFirstStage: true,
    isLastStage: true,
    tensorRank: { rank: 0, size: 1 },
  };
  for (const recipe of requireArchitecture(architecture)(shard)) {
    await recipe({
      shard,
      weights,
      allocateWeights: (length) => new Float32Array(length),
      allocateBytes: (length) => new Uint8Array(length),
      afterLayer: async () => undefined,
    });
  }
  return slices;
}

describe('the fields that follow every shape', () => {
  it.each([
    'LlamaForCausalLM',
    'Phi3ForCausalLM',
    'Qwen3ForCausalLM',
    'GPT2LMHeadModel',
    'MixtralForCausalLM',
    'OlmoeForCausalLM',
  ] as const)('say what %s reads', async (architecture) => {
    const slices = await slicesOf(architecture);
    expect(slices.length).toBeGreaterThan(10);
    for (const { name, shape, shapeFrom } of slices) {
      expect([name, ...(shapeFrom?.map((field) => SIZES[field]) ?? [])]).toEqual([name, ...shape]);
    }
  });
});
