import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Resources, toFixedPoint } from '../../src/core/index.js';
import { acceleratorType } from './accelerator-type.js';
import type { VisibleGpu } from './gpu-list.js';

/** What the user said a node has, in quantities ({CPU: 0.5}); the rest is detected. */
export interface ResourceOptions {
  readonly numCpus?: number | undefined;
  readonly numGpus?: number | undefined;
  /** Bytes that actors and tasks may ask for as `memory`. */
  readonly memory?: number | undefined;
  /** Custom resources by name. */
  readonly resources?: Resources | undefined;
}

/** What the machine has. */
export interface DetectedMachine {
  readonly numCpus: number;
  readonly gpus: readonly VisibleGpu[];
  readonly cudaVisibleDevices: string | undefined;
  /** Bytes that programs can get. */
  readonly availableMemory: number;
  /** Bytes that the node's object store takes of them. */
  readonly objectStoreBytes: number;
  /** The node's address in the cluster. */
  readonly host: string;
}

export interface NodeResources {
  /** Fixed point. */
  readonly total: Resources;
  /** One for each GPU in `total`. */
  readonly gpuIds: readonly string[];
}

/** @source Ray: memory for workers is what is left of the available beside the object store, less a margin */
const MEMORY_SHARE = 0.7;
const RESERVED_NAMES = ['CPU', 'GPU', 'memory', 'object_store_memory'];

/** Cores that this process may use, cgroup limits and affinity included. */
export const detectNumCpus = (): number => availableParallelism();

/**
 * What a node offers. More GPUs than the host has are allowed, as in Ray, and are logical: ids "0", "1", … that no device
 * stands behind. Besides what can be asked for by its own option there is one `node:ADDRESS`, and one
 * `accelerator_type:TYPE` where there are GPUs.
 *
 * @throws {InvalidArgumentError} for a fraction of GPUs, more GPUs than CUDA_VISIBLE_DEVICES leaves, or custom resources
 * with a reserved name.
 */
export function describeNodeResources(options: ResourceOptions, detected: DetectedMachine): NodeResources {
  const custom = options.resources ?? {};
  const reserved = RESERVED_NAMES.find((name) => name in custom);
  if (reserved !== undefined) {
    throw new InvalidArgumentError(
      `${reserved} is no custom resource. Use --num-cpus, --num-gpus, --memory and --object-store-memory.`,
    );
  }
  const numGpus = options.numGpus ?? detected.gpus.length;
  const gpuIds = chooseGpuIds(numGpus, detected.gpus, detected.cudaVisibleDevices);
  const [gpu] = detected.gpus.slice(0, numGpus);
  const total = toFixedPoint({
    CPU: options.numCpus ?? detected.numCpus,
    GPU: numGpus,
    memory: options.memory ?? defaultMemory(detected),
    ...(gpu ? { [`accelerator_type:${acceleratorType(gpu.name)}`]: 1 } : {}),
    [`node:${detected.host}`]: 1,
    ...custom,
  });
  return { total, gpuIds };
}

function defaultMemory({ availableMemory, objectStoreBytes }: DetectedMachine): number {
  return Math.floor(Math.max(0, MEMORY_SHARE * availableMemory - objectStoreBytes));
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
