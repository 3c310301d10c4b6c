import type { DecoderFamily } from '../decoder/decoder-family.js';
import { llama } from './llama.js';

/** Llama with a scaled embedding and norms after attention and MLP as well, whose scales are stored less 1. */
export const gemma2: DecoderFamily = {
  ...llama,
  names: {
    ...llama.names,
    attentionPostNorm: 'post_attention_layernorm',
    mlpNorm: 'pre_feedforward_layernorm',
    mlpPostNorm: 'post_feedforward_layernorm',
  },
  norm: 'rms-plus-one',
  scalesEmbedding: true,
};
