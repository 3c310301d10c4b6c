import type { DecoderFamily } from '../decoder/decoder-family.js';
import { expertsMlp } from '../moe/experts-mlp.js';
import { llama } from './llama.js';

const ownProjections: Readonly<Record<string, string>> = { gate_proj: 'w1', up_proj: 'w3', down_proj: 'w2' };

const ownName = (name: string): string =>
  name
    .replace('.mlp.', '.block_sparse_moe.')
    .replace(/(gate_proj|up_proj|down_proj)(?=\.\w+$)/, (projection) => ownProjections[projection]!);

/** Llama with experts. */
export const mixtral: DecoderFamily = { ...llama, mlp: expertsMlp({ dense: llama.mlp, ownName }) };
