import { ModelLoadError } from '../../core/index.js';
import type { HfConfig } from './hf-config.js';
import type { RopeConfig, SlidingWindowConfig } from './model-config.js';

/** Which layers have the window where `layer_types` doesn't say, by their index. */
export type HasWindow = (layer: number) => boolean;

export interface SlidingWindowOptions {
  readonly config: HfConfig;
  readonly configPath: string;
  readonly hasWindow: HasWindow;
  readonly rope: RopeConfig;
}

/**
 * The window of `sliding_window` and the layers that have it; undefined when there is no window or no such layer.
 * @throws {ModelLoadError} when `layer_types` has another length than there are layers.
 */
export function createSlidingWindow(options: SlidingWindowOptions): SlidingWindowConfig | undefined {
  const { config, configPath, hasWindow, rope } = options;
  const { sliding_window: size, layer_types: layerTypes, num_hidden_layers: numLayers } = config;
  if (layerTypes != null && layerTypes.length !== numLayers) {
    throw new ModelLoadError(
      `${configPath}: layer_types names ${layerTypes.length} layers, num_hidden_layers is ${numLayers}.`,
    );
  }
  if (size == null) return undefined;
  const layers = Array.from({ length: numLayers }, (_, layer) =>
    layerTypes == null ? hasWindow(layer) : layerTypes[layer] === 'sliding_attention',
  );
  return layers.includes(true) ? { size, layers, rope } : undefined;
}
