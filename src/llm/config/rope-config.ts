import { ModelLoadError } from '../../core/index.js';
import type { HfConfig } from './hf-config.js';
import type { RopeConfig } from './model-config.js';

function requireSetting(value: number | undefined, name: string, type: string, configPath: string): number {
  if (value !== undefined) return value;
  throw new ModelLoadError(`${configPath}: rope_type ${type} needs ${name}, which is missing.`);
}

/** @throws {ModelLoadError} for a kind of RoPE that is not supported, or one that lacks a setting. */
export function createRopeConfig(config: HfConfig, configPath: string): RopeConfig {
  const settings = config.rope_parameters ?? config.rope_scaling ?? {};
  const theta = settings.rope_theta ?? config.rope_theta;
  const type = settings.rope_type ?? settings.type ?? 'default';
  const require = (value: number | undefined, name: string) => requireSetting(value, name, type, configPath);
  switch (type) {
    case 'default':
      return { type, theta };
    case 'linear':
      return { type, theta, factor: require(settings.factor, 'factor') };
    case 'llama3':
      return {
        type,
        theta,
        factor: require(settings.factor, 'factor'),
        lowFreqFactor: require(settings.low_freq_factor, 'low_freq_factor'),
        highFreqFactor: require(settings.high_freq_factor, 'high_freq_factor'),
        originalMaxPositionEmbeddings: require(settings.original_max_position_embeddings, 'original_max_position_embeddings'),
      };
    default:
      throw new ModelLoadError(
        `${configPath}: rope_type ${type} is not supported. Supported are default, linear and llama3.`,
      );
  }
}
