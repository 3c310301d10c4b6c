import type { Executor } from './executor.js';
import type { ExecutorConfig } from './executor-config.js';
import type { LoadProgress } from './executor-launcher.js';
import { RingExecutor } from './ring-executor.js';
import { UniExecutor } from './uni-executor.js';

/** Builds the executor inside the engine core's thread; for `uni` this loads the model. */
export async function createExecutor(
  config: ExecutorConfig,
  onProgress: (progress: LoadProgress) => void,
): Promise<Executor> {
  switch (config.kind) {
    case 'uni':
      return UniExecutor.load(config, onProgress);
    case 'ring':
      return new RingExecutor(config);
  }
}
