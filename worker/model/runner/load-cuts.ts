import { requireArchitecture, type StageShard } from '../graphs/index.js';
import type { ThreadPoolOptions } from '../ort/index.js';
import { layersPerCut } from './layers-per-cut.js';
import { type LoadCutContext, loadCut } from './load-cut.js';
import { loadCutsInThreads } from './load-cuts-in-threads.js';
import type { LoadedCut } from './pass-binding.js';

/** What the loading of cuts takes from the process. */
export interface LoadCutsOptions extends Omit<LoadCutContext, 'shard'> {
  /** Where `weights` are the model folder's own: a large model is loaded in as many threads of their own as this has. */
  readonly threadPool?: ThreadPoolOptions | undefined;
}

/**
 * Builds and loads a shard's graphs.
 * @throws {ModelLoadError} when the architecture is unknown, weights are missing or damaged, or the model can't be split.
 */
export async function loadCuts(shard: StageShard, options: LoadCutsOptions): Promise<LoadedCut[]> {
  const { threadPool, provider } = options;
  const numLayers = layersPerCut(shard, provider);
  const isLarge = numLayers < shard.layers.endLayer - shard.layers.firstLayer;
  if (isLarge && threadPool !== undefined && threadPool.numThreads > 1) {
    return loadCutsInThreads(shard, { ...options, threadPool });
  }
  const cuts: LoadedCut[] = [];
  try {
    for (const recipe of requireArchitecture(shard.model.architecture)(shard, numLayers)) {
      cuts.push(await loadCut(recipe, { ...options, shard }));
    }
    return cuts;
  } catch (error) {
    for (const { session } of cuts) session.close();
    throw error;
  }
}
