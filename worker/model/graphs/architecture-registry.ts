import { ModelLoadError } from '../../../src/core/index.js';
import {
  isSupportedArchitecture,
  type SupportedArchitecture,
  supportedArchitectures,
} from '../../../src/llm/config/supported-architectures.js';
import type { Architecture } from './architecture.js';
import { decoder } from './decoder/decoder-cuts.js';
import { gemma2 } from './families/gemma2.js';
import { gemma3 } from './families/gemma3.js';
import { gpt2 } from './families/gpt2.js';
import { llama } from './families/llama.js';
import { mixtral } from './families/mixtral.js';
import { olmoe } from './families/olmoe.js';
import { phi3 } from './families/phi3.js';
import { qwen3 } from './families/qwen3.js';
import { qwen3Moe } from './families/qwen3-moe.js';

/** Mistral's and Qwen2's checkpoints are Llama's; what differs is in their config.json. */
const architectures: Readonly<Record<SupportedArchitecture, Architecture>> = {
  LlamaForCausalLM: decoder(llama),
  MistralForCausalLM: decoder(llama),
  Qwen2ForCausalLM: decoder(llama),
  Qwen3ForCausalLM: decoder(qwen3),
  Phi3ForCausalLM: decoder(phi3),
  Gemma2ForCausalLM: decoder(gemma2),
  Gemma3ForCausalLM: decoder(gemma3),
  GPT2LMHeadModel: decoder(gpt2),
  MixtralForCausalLM: decoder(mixtral),
  Qwen3MoeForCausalLM: decoder(qwen3Moe),
  OlmoeForCausalLM: decoder(olmoe),
};

/** @throws {ModelLoadError} listing the supported architectures, when `name` is none of them. */
export function requireArchitecture(name: string): Architecture {
  if (isSupportedArchitecture(name)) return architectures[name];
  throw new ModelLoadError(
    `The architecture ${name} is not supported. Supported are: ${supportedArchitectures.join(', ')}.`,
    { details: { architecture: name } },
  );
}
