import type { DecoderFamily } from '../decoder/decoder-family.js';
import { plainMlp } from '../decoder/mlp-blocks.js';
import { Gpt2WeightSource } from './gpt2-weight-source.js';

/** Layer norms with biases, learned positions, and an MLP without gate. */
export const gpt2: DecoderFamily = {
  names: {
    embedding: 'wte',
    positions: 'wpe',
    finalNorm: 'ln_f',
    lmHead: 'lm_head',
    layers: 'h',
    attentionNorm: 'ln_1',
    queryKeyValue: 'attn.c_attn',
    attentionOutput: 'attn.c_proj',
    mlpNorm: 'ln_2',
  },
  norm: 'layer',
  scalesEmbedding: false,
  mlp: plainMlp({ up: 'mlp.c_fc', down: 'mlp.c_proj' }),
  adaptWeights: (weights) => new Gpt2WeightSource(weights),
};
