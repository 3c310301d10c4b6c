import { InvalidArgumentError } from '../../../core/index.js';
import type { Device } from '../device.js';
import type { ExecutorBackend, ExecutorBackendName } from './executor-backend.js';
import type { ResolvedParallelArgs } from './parallel-args.js';

/** What is known of the program and its machine. */
export interface MachineFacts {
  /** The program is connected to a cluster, runs in one of its workers, or RAY_TS_ADDRESS names one. */
  readonly isConnected: boolean;
  /** GPUs that the program may use; undefined where nobody has counted them. */
  readonly numGpus?: number | undefined;
}

/** Where several ranks run, when nothing says that there is a cluster and nobody has chosen. */
const BACKEND_WITHOUT_CLUSTER: ExecutorBackendName = 'ray';

function requireGpus(device: Device, worldSize: number, numGpus: number | undefined): void {
  const isOnGpu = device === 'cuda' || device === 'webgpu';
  if (!isOnGpu || numGpus === undefined || worldSize <= numGpus) return;
  throw new InvalidArgumentError(
    `World size (${worldSize}) is larger than the number of available GPUs (${numGpus}) on this host. To use the GPUs of other hosts, set distributedExecutorBackend 'ray', or nnodes and start the same command on each.`,
  );
}

/**
 * Chooses where ranks run, when the arguments don't say: one rank in this process; several on the cluster that the program
 * is connected to, and on this machine otherwise.
 * @param worldSize ranks of one copy of the engine.
 * @throws {InvalidArgumentError} when this machine has fewer GPUs than there are ranks that need one.
 */
export function chooseExecutorBackend(
  args: ResolvedParallelArgs & { readonly device: Device },
  worldSize: number,
  { isConnected, numGpus }: MachineFacts,
): ExecutorBackend {
  if (args.distributedExecutorBackend !== undefined) return args.distributedExecutorBackend;
  if (worldSize === 1) return 'uni';
  if (args.nnodes > 1) return 'mp';
  if (args.dataParallelBackend === 'ray' || args.placementGroup !== undefined || isConnected) return 'ray';
  requireGpus(args.device, worldSize, numGpus);
  return BACKEND_WITHOUT_CLUSTER;
}
