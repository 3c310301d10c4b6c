/** How each supported architecture's config.json is read: one file per family, which says only what differs. */
import type { ConfigFamily } from '../config-family.js';
import type { SupportedArchitecture } from '../supported-architectures.js';
import { gemma2 } from './gemma2.js';
import { gemma3 } from './gemma3.js';
import { gpt2 } from './gpt2.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { mixtral } from './mixtral.js';
import { olmoe } from './olmoe.js';
import { phi3 } from './phi3.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';
import { qwen3Moe } from './qwen3-moe.js';

export const configFamilies: Readonly<Record<SupportedArchitecture, ConfigFamily>> = {
  LlamaForCausalLM: llama,
  MistralForCausalLM: mistral,
  Qwen2ForCausalLM: qwen2,
  Qwen3ForCausalLM: qwen3,
  Phi3ForCausalLM: phi3,
  Gemma2ForCausalLM: gemma2,
  Gemma3ForCausalLM: gemma3,
  GPT2LMHeadModel: gpt2,
  MixtralForCausalLM: mixtral,
  Qwen3MoeForCausalLM: qwen3Moe,
  OlmoeForCausalLM: olmoe,
};
