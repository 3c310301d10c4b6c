import type { DecoderFamily } from '../decoder/decoder-family.js';
import { llama } from './llama.js';

/** Llama with norms of each head's queries and keys. */
export const qwen3: DecoderFamily = {
  ...llama,
  names: { ...llama.names, queryKeyNorms: ['self_attn.q_norm', 'self_attn.k_norm'] },
};
