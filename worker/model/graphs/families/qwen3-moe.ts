import type { DecoderFamily } from '../decoder/decoder-family.js';
import { expertsMlp } from '../moe/experts-mlp.js';
import { qwen3 } from './qwen3.js';

/** Qwen3 with experts in some layers. */
export const qwen3Moe: DecoderFamily = { ...qwen3, mlp: expertsMlp({ dense: qwen3.mlp }) };
