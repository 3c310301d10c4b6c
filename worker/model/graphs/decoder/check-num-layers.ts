import { ModelLoadError } from '../../../../src/core/index.js';
import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import type { WeightSource } from '../../weights/index.js';
import type { DecoderFamily } from './decoder-family.js';

/**
 * Refuses a config.json with another number of layers than the checkpoint: with fewer, the model would run and talk nonsense.
 * Layers are told by a norm, which no quantization renames. Weights without any layer by the family's names are left to their
 * readers.
 * @throws {ModelLoadError} naming the field and both numbers.
 */
export function checkNumLayers({ names }: DecoderFamily, model: ModelConfig, weights: WeightSource): void {
  const nameOf = (layer: number): string => `${names.layers}.${layer}.${names.attentionNorm}.weight`;
  const hasLayer = (layer: number): boolean => weights.has(nameOf(layer));
  const { numHiddenLayers: asked, modelPath } = model;
  const hasMore = hasLayer(asked);
  if (!hasLayer(0) || (hasLayer(asked - 1) && !hasMore)) return;
  let numStored = hasMore ? asked : 0;
  while (hasLayer(numStored)) numStored += 1;
  throw new ModelLoadError(
    `${modelPath}/config.json says num_hidden_layers is ${asked}, but the weights there have ${numStored} layers (${nameOf(numStored - 1)} is the last one's). They are of different models, or the download is incomplete.`,
    { details: { field: 'num_hidden_layers', configured: asked, stored: numStored } },
  );
}
