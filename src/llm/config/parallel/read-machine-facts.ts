import { workerContext } from '../../../core/index.js';
import type { MachineFacts } from './choose-executor-backend.js';
import type { ResolvedParallelArgs } from './parallel-args.js';
import type { Environment } from './parallel-environment.js';

/** Kept out of the static imports: a program that chooses its backend, or has one rank, never loads the actor API. */
const CONNECTION_MODULE = '../../executor/ray-is-connected.js';

interface ConnectionModule {
  isConnected(): boolean;
}

async function isConnected(environment: Environment): Promise<boolean> {
  if (environment['RAY_TS_ADDRESS'] || workerContext() !== undefined) return true;
  const module = (await import(CONNECTION_MODULE)) as ConnectionModule;
  return module.isConnected();
}

/** The GPUs that CUDA_VISIBLE_DEVICES names: indices or ids up to the first invalid one, as CUDA reads it. */
export function countVisibleGpus(environment: Environment): number | undefined {
  const devices = environment['CUDA_VISIBLE_DEVICES'];
  if (devices === undefined) return undefined;
  const names = devices.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => name === '' || name.startsWith('-'));
  return end === -1 ? names.length : end;
}

/** What the choice of a backend depends on, where there is one to make. */
export async function readMachineFacts(
  { distributedExecutorBackend, tensorParallelSize, pipelineParallelSize }: ResolvedParallelArgs,
  environment: Environment,
): Promise<MachineFacts> {
  const isChosen = distributedExecutorBackend !== undefined || tensorParallelSize * pipelineParallelSize === 1;
  return {
    isConnected: isChosen ? false : await isConnected(environment),
    numGpus: countVisibleGpus(environment),
  };
}
