/** Values of config.json's `architectures` that the model worker builds graphs for. */
export const supportedArchitectures = ['LlamaForCausalLM'] as const;

export type SupportedArchitecture = (typeof supportedArchitectures)[number];

export function isSupportedArchitecture(name: string): name is SupportedArchitecture {
  return supportedArchitectures.some((supported) => supported === name);
}
