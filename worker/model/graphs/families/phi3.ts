import type { DecoderFamily } from '../decoder/decoder-family.js';
import { gatedMlp } from '../decoder/mlp-blocks.js';
import { llama } from './llama.js';

/** Llama with its projections of one input stored as one. */
export const phi3: DecoderFamily = {
  ...llama,
  names: { ...llama.names, queryKeyValue: 'self_attn.qkv_proj' },
  mlp: gatedMlp({ gateUp: 'mlp.gate_up_proj', down: 'mlp.down_proj' }),
};
