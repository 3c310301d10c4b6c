import { availableParallelism } from 'node:os';
import { createStageConfig, type EngineConfig } from '../config/engine-config.js';
import { absoluteClassPath } from './absolute-class-path.js';
import type { ExecutorLauncher, LaunchedExecutor } from './executor-launcher.js';

/** All ranks in the engine core's thread: nothing to place, and a rank fails only together with the engine. */
export class UniExecutorLauncher implements ExecutorLauncher {
  async launch(config: EngineConfig): Promise<LaunchedExecutor> {
    const { tensorParallelSize, pipelineParallelSize } = config.parallel;
    const localTensorRanks = Array.from({ length: tensorParallelSize }, (_, rank) => rank);
    const allowSpinning = config.args.cpusPerWorker <= availableParallelism();
    const stages = Array.from({ length: pipelineParallelSize }, (_, stage) =>
      createStageConfig(config, { stage, localTensorRanks, allowSpinning }),
    );
    const randomWeightsSeed = config.args.loadFormat === 'dummy' ? config.args.seed : undefined;
    return {
      config: {
        kind: 'uni',
        stages,
        randomWeightsSeed,
        workerExtensionCls: absoluteClassPath(config.parallel.workerExtensionCls),
      },
      onRankFailure: () => undefined,
      sealChannels: async () => undefined,
      shutdown: async () => undefined,
    };
  }
}
