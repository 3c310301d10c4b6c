import { setImmediate } from 'node:timers/promises';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import { trimNativeHeap } from '../ort/index.js';
import { RankModel, type SharedParts } from './rank-model.js';

/** `fraction` of the loading that is done, in [0, 1], and what was done last, for people. */
export type OnProgress = (fraction: number, what: string) => void;

/** Reports each layer, and lets the process's other work run between layers. */
function createLayerReporter({ layers, localTensorRanks }: StageConfig, onProgress: OnProgress): () => Promise<void> {
  const total = localTensorRanks.length * (layers.endLayer - layers.firstLayer);
  let done = 0;
  return async () => {
    done += 1;
    onProgress(done / total, `read layer ${done} of ${total}`);
    await setImmediate();
  };
}

/** Loads the process's ranks one after the other, all or none. */
export async function loadRanks(
  config: StageConfig,
  shared: Omit<SharedParts, 'afterLayer'>,
  onProgress: OnProgress,
): Promise<RankModel[]> {
  const afterLayer = createLayerReporter(config, onProgress);
  const ranks: RankModel[] = [];
  try {
    for (const rank of config.localTensorRanks)
      ranks.push(await RankModel.load(config, rank, { ...shared, afterLayer }));
    trimNativeHeap();
    return ranks;
  } catch (error) {
    for (const rank of ranks) rank.close();
    throw error;
  }
}
