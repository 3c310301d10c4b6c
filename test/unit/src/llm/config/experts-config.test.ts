import { ModelLoadError } from '../../../../../src/core/index.js';
import type { ConfigFamily } from '../../../../../src/llm/config/config-family.js';
import { unifyFields } from '../../../../../src/llm/config/config-family.js';
import { mixtral } from '../../../../../src/llm/config/families/mixtral.js';
import { olmoe } from '../../../../../src/llm/config/families/olmoe.js';
import { qwen3Moe } from '../../../../../src/llm/config/families/qwen3-moe.js';
import { hfConfigSchema } from '../../../../../src/llm/config/hf-config.js';

const fields = {
  vocab_size: 100,
  hidden_size: 64,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_experts_per_tok: 2,
};

const describeExperts = (family: ConfigFamily, own: object) =>
  family.describe(hfConfigSchema.parse(unifyFields(family, { ...fields, ...own })), 'config.json').experts;

describe('experts of a config.json', () => {
  it("are in Mixtral's every layer, as wide as its intermediate size, with weights that add up to 1", () => {
    expect(describeExperts(mixtral, { num_local_experts: 4, intermediate_size: 96 })).toEqual({
      numExperts: 4,
      numExpertsPerToken: 2,
      intermediateSize: 96,
      normTopkProb: true,
      layers: [true, true, true, true, true, true],
    });
  });

  it('are in every decoder_sparse_step-th layer of a Qwen3-MoE, without those of mlp_only_layers', () => {
    const own = { num_experts: 8, decoder_sparse_step: 2, mlp_only_layers: [3] };
    expect(describeExperts(qwen3Moe, own)?.layers).toEqual([false, true, false, false, false, true]);
  });

  it('are counted by either name of the field', () => {
    expect(describeExperts(qwen3Moe, { num_experts: 8 })?.numExperts).toBe(8);
    expect(describeExperts(qwen3Moe, { num_local_experts: 8 })?.numExperts).toBe(8);
  });

  it("keep OLMoE's shares as they are unless norm_topk_prob says otherwise", () => {
    expect(describeExperts(olmoe, { num_experts: 8 })?.normTopkProb).toBe(false);
    expect(describeExperts(olmoe, { num_experts: 8, norm_topk_prob: true })?.normTopkProb).toBe(true);
  });

  it('are refused when a token needs more than there are', () => {
    const describeFew = () => describeExperts(olmoe, { num_experts: 8, num_experts_per_tok: 9 });
    expect(describeFew).toThrow(ModelLoadError);
    expect(describeFew).toThrow('num_experts_per_tok (9) must be at most num_experts (8)');
  });
});
