import { ModelLoadError } from '../../../src/core/index.js';
import {
  isSupportedArchitecture,
  type SupportedArchitecture,
  supportedArchitectures,
} from '../../../src/llm/config/supported-architectures.js';
import type { Architecture, CutContext } from './architecture.js';
import type { Cut } from './cut.js';
import { decoder, layerMlpCut } from './decoder/decoder-cuts.js';
import type { DecoderFamily } from './decoder/decoder-family.js';
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
const families: Readonly<Record<SupportedArchitecture, DecoderFamily>> = {
  LlamaForCausalLM: llama,
  MistralForCausalLM: llama,
  Qwen2ForCausalLM: llama,
  Qwen3ForCausalLM: qwen3,
  Phi3ForCausalLM: phi3,
  Gemma2ForCausalLM: gemma2,
  Gemma3ForCausalLM: gemma3,
  GPT2LMHeadModel: gpt2,
  MixtralForCausalLM: mixtral,
  Qwen3MoeForCausalLM: qwen3Moe,
  OlmoeForCausalLM: olmoe,
};

function requireFamily(name: string): DecoderFamily {
  if (isSupportedArchitecture(name)) return families[name];
  throw new ModelLoadError(
    `The architecture ${name} is not supported. Supported are: ${supportedArchitectures.join(', ')}.`,
    { details: { architecture: name } },
  );
}

/** @throws {ModelLoadError} listing the supported architectures, when `name` is none of them. */
export function requireArchitecture(name: string): Architecture {
  return decoder(requireFamily(name));
}

/**
 * The graph of a layer's MLP, one of those that the model's architecture has for a shard of several ranks.
 * @throws {ModelLoadError} when weights are missing or damaged.
 */
export function rebuildMlpCut(context: Omit<CutContext, 'afterLayer'>, layer: number): Cut {
  return layerMlpCut(requireFamily(context.shard.model.architecture), context, layer);
}
