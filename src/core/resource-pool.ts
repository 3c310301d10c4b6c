import { InvalidArgumentError } from './errors/index.js';
import { chooseGpus, type GpuShare, returnShares, takeShares, UNITS_PER_GPU } from './gpu-allocation.js';
import { addResources, fits, type Resources, subtractResources } from './resources.js';

/**
 * Resources to give out, of a node or of a bundle. GPUs are kept one by one, everything else (CPU, memory, custom
 * resources) as amounts. Amounts are fixed point.
 */
export interface ResourcePool {
  /** Free amounts of everything but GPU. */
  readonly amounts: Resources;
  /** What is free of each GPU that the pool owns a share of. */
  readonly gpus: readonly GpuShare[];
}

/** What was taken from a pool; it is a full pool itself, which is what a bundle is. */
export type Allocation = ResourcePool;

/**
 * A node's pool with nothing taken.
 *
 * @param gpuIds one for each GPU in `total`; default "0", "1", …
 * @throws {InvalidArgumentError} when their number differs or an id occurs twice.
 */
export function createResourcePool(total: Resources, gpuIds = listGpuIds(total)): ResourcePool {
  const { GPU: gpuUnits = 0, ...amounts } = total;
  if (gpuIds.length * UNITS_PER_GPU !== gpuUnits || new Set(gpuIds).size !== gpuIds.length) {
    throw new InvalidArgumentError(
      `A node with {GPU: ${gpuUnits / UNITS_PER_GPU}} needs as many different GPU ids, got [${gpuIds.join(', ')}].`,
    );
  }
  return { amounts, gpus: gpuIds.map((gpuId) => ({ gpuId, units: UNITS_PER_GPU })) };
}

function listGpuIds(total: Resources): readonly string[] {
  return Array.from({ length: (total['GPU'] ?? 0) / UNITS_PER_GPU }, (_, index) => String(index));
}

/** Chooses what serves the request, without taking it; undefined when it does not fit now. */
export function chooseAllocation(pool: ResourcePool, request: Resources): Allocation | undefined {
  const { GPU: gpuUnits = 0, ...amounts } = request;
  if (!fits(amounts, pool.amounts)) return undefined;
  const gpus = chooseGpus(gpuUnits, pool.gpus);
  return gpus && { amounts, gpus };
}

/** The pool without an allocation that was chosen from it. */
export function takeFromPool(pool: ResourcePool, allocation: Allocation): ResourcePool {
  return {
    amounts: subtractResources(pool.amounts, allocation.amounts),
    gpus: takeShares(pool.gpus, allocation.gpus),
  };
}

/** The pool with an allocation back that was taken from it. */
export function returnToPool(pool: ResourcePool, allocation: Allocation): ResourcePool {
  return { amounts: addResources(pool.amounts, allocation.amounts), gpus: returnShares(pool.gpus, allocation.gpus) };
}

/** The pool's amounts with its GPUs added up. */
export function sumPool(pool: ResourcePool): Resources {
  const gpuUnits = pool.gpus.reduce((sum, { units }) => sum + units, 0);
  return pool.gpus.length === 0 ? pool.amounts : { ...pool.amounts, GPU: gpuUnits };
}
