import type { DecoderFamily } from '../decoder/decoder-family.js';
import { gemma2 } from './gemma2.js';

/** Gemma 2 with norms of each head's queries and keys. */
export const gemma3: DecoderFamily = {
  ...gemma2,
  names: { ...gemma2.names, queryKeyNorms: ['self_attn.q_norm', 'self_attn.k_norm'] },
};
