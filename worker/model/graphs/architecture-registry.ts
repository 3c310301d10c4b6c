import { ModelLoadError } from '../../../src/core/index.js';
import type { Architecture } from './architecture.js';
import { llamaCuts } from './llama/llama-cuts.js';
import { type SupportedArchitecture, supportedArchitectures } from './supported-architectures.js';

const architectures: Readonly<Record<SupportedArchitecture, Architecture>> = {
  LlamaForCausalLM: llamaCuts,
};

const isSupported = (name: string): name is SupportedArchitecture => Object.hasOwn(architectures, name);

/** @throws {ModelLoadError} listing the supported architectures, when `name` is none of them. */
export function requireArchitecture(name: string): Architecture {
  if (isSupported(name)) return architectures[name];
  throw new ModelLoadError(
    `The architecture ${name} is not supported. Supported are: ${supportedArchitectures.join(', ')}.`,
    { details: { architecture: name } },
  );
}
