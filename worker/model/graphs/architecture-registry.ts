import { ModelLoadError } from '../../../src/core/index.js';
import {
  isSupportedArchitecture,
  type SupportedArchitecture,
  supportedArchitectures,
} from '../../../src/llm/config/supported-architectures.js';
import type { Architecture } from './architecture.js';
import { llamaCuts } from './llama/llama-cuts.js';

const architectures: Readonly<Record<SupportedArchitecture, Architecture>> = {
  LlamaForCausalLM: llamaCuts,
};

/** @throws {ModelLoadError} listing the supported architectures, when `name` is none of them. */
export function requireArchitecture(name: string): Architecture {
  if (isSupportedArchitecture(name)) return architectures[name];
  throw new ModelLoadError(
    `The architecture ${name} is not supported. Supported are: ${supportedArchitectures.join(', ')}.`,
    { details: { architecture: name } },
  );
}
