/** Values of config.json's `architectures` that the model worker builds graphs for. */
export const supportedArchitectures = [
  'LlamaForCausalLM',
  'MistralForCausalLM',
  'Qwen2ForCausalLM',
  'Qwen3ForCausalLM',
  'Phi3ForCausalLM',
  'Gemma2ForCausalLM',
  'Gemma3ForCausalLM',
  'GPT2LMHeadModel',
  'MixtralForCausalLM',
  'Qwen3MoeForCausalLM',
  'OlmoeForCausalLM',
] as const;

export type SupportedArchitecture = (typeof supportedArchitectures)[number];

export function isSupportedArchitecture(name: string): name is SupportedArchitecture {
  return supportedArchitectures.some((supported) => supported === name);
}
