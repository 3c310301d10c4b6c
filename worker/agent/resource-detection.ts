import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Resources, toFixedPoint } from '../../src/core/index.js';
import type { VisibleGpu } from './gpu-list.js';

/** What the user said a node has, in quantities ({CPU: 0.5}); the rest is detected. */
export interface ResourceOptions {
  readonly numCpus?: number | undefined;
  readonly numGpus?: number | undefined;
  /** Custom resources by name. */
  readonly resources?: Resources | undefined;
}

export interface NodeResources {
  /** Fixed point. */
  readonly total: Resources;
  /** One for each GPU in `total`. */
  readonly gpuIds: readonly string[];
}

/** Cores that this process may use, cgroup limits and affinity included. */
export const detectNumCpus = (): number => availableParallelism();

/**
 * What a node offers. More GPUs than the host has are allowed, as in Ray, and are logical: ids "0", "1", … that no device
 * stands behind.
 *
 * @throws {InvalidArgumentError} for a fraction of GPUs, more GPUs than CUDA_VISIBLE_DEVICES leaves, or custom resources
 * that are named CPU or GPU.
 */
export function describeNodeResources(
  options: ResourceOptions,
  detected: {
    readonly numCpus: number;
    readonly gpus: readonly VisibleGpu[];
    readonly cudaVisibleDevices: string | undefined;
  },
): NodeResources {
  const custom = options.resources ?? {};
  for (const name of ['CPU', 'GPU']) {
    if (name in custom) throw new InvalidArgumentError(`Use --num-cpus and --num-gpus, not --resources, for ${name}.`);
  }
  const numGpus = options.numGpus ?? detected.gpus.length;
  const gpuIds = chooseGpuIds(numGpus, detected.gpus, detected.cudaVisibleDevices);
  return { total: toFixedPoint({ CPU: options.numCpus ?? detected.numCpus, GPU: numGpus, ...custom }), gpuIds };
}

function chooseGpuIds(
  numGpus: number,
  gpus: readonly VisibleGpu[],
  cudaVisibleDevices: string | undefined,
): readonly string[] {
  if (!Number.isInteger(numGpus) || numGpus < 0) {
    throw new InvalidArgumentError(`A node has a whole number of GPUs, got ${numGpus}.`);
  }
  if (numGpus <= gpus.length) return gpus.slice(0, numGpus).map(({ gpuId }) => gpuId);
  if (cudaVisibleDevices !== undefined && gpus.length > 0) {
    throw new InvalidArgumentError(
      `--num-gpus ${numGpus} is more than CUDA_VISIBLE_DEVICES=${cudaVisibleDevices} leaves (${gpus.length}).`,
    );
  }
  return Array.from({ length: numGpus }, (_, index) => String(index));
}
