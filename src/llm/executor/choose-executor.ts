import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorLauncher } from './executor-launcher.js';
import { UniExecutorLauncher } from './uni-executor-launcher.js';

/** Kept out of the static imports so that a program without a cluster never loads the actor API. */
const RAY_EXECUTOR_MODULE = './ray-executor-launcher.js';

const MP_EXECUTOR_MODULE = './mp/mp-executor-launcher.js';

interface MpExecutorModule {
  readonly MpExecutorLauncher: new () => ExecutorLauncher;
}

interface RayExecutorModule {
  readonly RayExecutorLauncher: new () => ExecutorLauncher;
}

/** The one place where the executor backend becomes a class. */
export async function chooseExecutorLauncher(config: EngineConfig): Promise<ExecutorLauncher> {
  if (config.executorBackend === 'uni') return new UniExecutorLauncher();
  if (config.executorBackend === 'mp') {
    const { MpExecutorLauncher } = (await import(MP_EXECUTOR_MODULE)) as MpExecutorModule;
    return new MpExecutorLauncher();
  }
  const { RayExecutorLauncher } = (await import(RAY_EXECUTOR_MODULE)) as RayExecutorModule;
  return new RayExecutorLauncher();
}
