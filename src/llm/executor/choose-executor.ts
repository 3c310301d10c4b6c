import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorLauncher } from './executor-launcher.js';
import { UniExecutorLauncher } from './uni-executor-launcher.js';

/** Kept out of the static imports so that a program without a cluster never loads the actor API. */
const RAY_EXECUTOR_MODULE = './ray-executor-launcher.js';

interface RayExecutorModule {
  readonly RayExecutorLauncher: new () => ExecutorLauncher;
}

/** The one place where the executor backend becomes a class. */
export async function chooseExecutorLauncher(config: EngineConfig): Promise<ExecutorLauncher> {
  if (config.executorBackend === 'uni') return new UniExecutorLauncher();
  const { RayExecutorLauncher } = (await import(RAY_EXECUTOR_MODULE)) as RayExecutorModule;
  return new RayExecutorLauncher();
}
