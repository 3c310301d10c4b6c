import { ModelLoadError } from '../../core/index.js';
import type { HfConfig } from './hf-config.js';

/** The experts of a mixture-of-experts model, of which a router picks a few for every token. */
export interface ExpertsConfig {
  readonly numExperts: number;
  readonly numExpertsPerToken: number;
  /** Intermediate size of each expert; dense layers have the model's. */
  readonly intermediateSize: number;
  /** Scales the weights of a token's experts to a sum of 1; otherwise they are their shares among all experts. */
  readonly normTopkProb: boolean;
  /** For each of the model's layers, whether it has experts; others are dense. */
  readonly layers: readonly boolean[];
}

/** What families name differently, or not at all. */
export interface ExpertsOptions {
  readonly intermediateSize: number | null | undefined;
  readonly normTopkProb: boolean;
  /** Default: all layers have experts. */
  readonly hasExperts?: (layer: number) => boolean;
}

function requireField(value: number | null | undefined, field: string, configPath: string): number {
  if (value != null) return value;
  throw new ModelLoadError(`${configPath}: ${field} is missing or unsuitable: it must be a number.`);
}

/** @throws {ModelLoadError} when a number is missing, or a token would need more experts than there are. */
export function createExpertsConfig(config: HfConfig, configPath: string, options: ExpertsOptions): ExpertsConfig {
  const numExperts = requireField(config.num_local_experts, 'num_experts', configPath);
  const numExpertsPerToken = requireField(config.num_experts_per_tok, 'num_experts_per_tok', configPath);
  if (numExpertsPerToken > numExperts) {
    throw new ModelLoadError(
      `${configPath}: num_experts_per_tok (${numExpertsPerToken}) must be at most num_experts (${numExperts}).`,
    );
  }
  const { intermediateSize, normTopkProb, hasExperts = () => true } = options;
  return {
    numExperts,
    numExpertsPerToken,
    intermediateSize: requireField(intermediateSize, 'moe_intermediate_size', configPath),
    normTopkProb,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) => hasExperts(layer)),
  };
}
