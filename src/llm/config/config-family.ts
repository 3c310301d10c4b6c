import type { HfConfig } from './hf-config.js';
import type { ModelConfig } from './model-config.js';

/** How a family's config.json differs from what {@link HfConfig} says of all. */
export interface ConfigFamily {
  /** What transformers takes for fields that the file leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** This family's names of fields, by the names of {@link HfConfig}. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** What the model is beyond the fields that have one meaning in all families. */
  readonly describe: (config: HfConfig, configPath: string) => Partial<ModelConfig>;
}

/** The file's fields under the names that all families share, with the family's defaults. */
export function unifyFields({ defaults, renamed = {} }: ConfigFamily, json: object): object {
  const fields = Object.entries(json).filter(([, value]) => value !== undefined);
  const names = new Map(Object.entries(renamed).map(([shared, own]) => [own, shared]));
  return { ...defaults, ...Object.fromEntries(fields.map(([name, value]) => [names.get(name) ?? name, value])) };
}
