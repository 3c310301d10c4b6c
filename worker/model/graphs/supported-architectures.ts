/** Architectures, as config.json's `architectures[0]` names them, that there are graphs for. */
export const supportedArchitectures = ['LlamaForCausalLM'] as const;

export type SupportedArchitecture = (typeof supportedArchitectures)[number];
