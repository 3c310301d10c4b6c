import type { DecoderFamily } from '../decoder/decoder-family.js';
import { expertsMlp } from '../moe/experts-mlp.js';
import { llama } from './llama.js';
import { olmoeQueryKeyValue } from './olmoe-query-key-value.js';

/** Llama with experts, and with norms over all heads' queries and all heads' keys. */
export const olmoe: DecoderFamily = {
  ...llama,
  mlp: expertsMlp({ dense: llama.mlp }),
  queryKeyValue: olmoeQueryKeyValue,
};
