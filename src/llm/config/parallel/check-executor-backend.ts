import { InvalidArgumentError } from '../../../core/index.js';
import { backendName, type ExecutorBackend } from './executor-backend.js';
import type { ResolvedParallelArgs } from './parallel-args.js';

const OVER_NODES: readonly ExecutorBackend[] = ['mp', 'uni', 'external_launcher'];

const RAY_OPTIONS = {
  rayWorkersUseNsight: 'Unable to use nsight profiling unless workers run with Ray',
  rayRuntimeEnv: 'rayRuntimeEnv is the runtime environment of actors',
  placementGroup: 'placementGroup is a place for actors',
} as const;

function requireRay(args: ResolvedParallelArgs, backend: ExecutorBackend): void {
  for (const [name, reason] of Object.entries(RAY_OPTIONS)) {
    const value = args[name as keyof typeof RAY_OPTIONS];
    if (value === undefined || value === false) continue;
    throw new InvalidArgumentError(
      `${reason}: set distributedExecutorBackend 'ray', or leave ${name} out. It is '${backendName(backend)}'.`,
    );
  }
}

/**
 * Refuses options that the backend can't heed.
 * @throws {InvalidArgumentError}
 */
export function checkExecutorBackend(args: ResolvedParallelArgs, backend: ExecutorBackend): void {
  const isClass = typeof backend === 'function';
  if (args.nnodes > 1 && !OVER_NODES.includes(backend)) {
    throw new InvalidArgumentError(
      `nnodes > 1 can only be set when distributedExecutorBackend is mp, uni or external_launcher, got '${backendName(backend)}'. A cluster has its own nodes: leave nnodes out.`,
    );
  }
  if (backend !== 'ray' && !isClass && !backend.includes(':')) requireRay(args, backend);
  if (args.pipelineParallelSize > 1 && isClass && backend.supportsPp !== true) {
    throw new InvalidArgumentError(
      `Pipeline parallelism is not supported by the executor ${backend.name}: its static field supportsPp is not true.`,
    );
  }
}
