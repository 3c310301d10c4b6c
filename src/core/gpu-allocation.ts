/**
 * Which GPUs of a node, or of a bundle, serve a request. Amounts are fixed point: 10,000 units are one whole GPU. The
 * agent gives GPUs out by these functions and the head plans by them, so that a plan is what the agent will do.
 */

export const UNITS_PER_GPU = 10_000;

/** An amount of one GPU: what is free of it in a pool, or what a holder has of it. */
export interface GpuShare {
  /** As CUDA_VISIBLE_DEVICES takes it: an index or a UUID. */
  readonly gpuId: string;
  readonly units: number;
}

/**
 * The GPUs for a request: whole ones come from wholly free GPUs, in order; a fraction comes from the one GPU that has
 * the least room for it, so that whole GPUs stay whole.
 *
 * @param units 0, a fraction of one GPU, or whole GPUs.
 * @returns the shares to take, none for 0 units; undefined when they are not free now.
 * @source Ray's resource instance allocation
 */
export function chooseGpus(units: number, free: readonly GpuShare[]): readonly GpuShare[] | undefined {
  if (units === 0) return [];
  return units < UNITS_PER_GPU ? chooseFraction(units, free) : chooseWhole(units / UNITS_PER_GPU, free);
}

function chooseWhole(numGpus: number, free: readonly GpuShare[]): readonly GpuShare[] | undefined {
  const whole = free.filter(({ units }) => units === UNITS_PER_GPU).slice(0, numGpus);
  return whole.length === numGpus ? whole : undefined;
}

function chooseFraction(units: number, free: readonly GpuShare[]): readonly GpuShare[] | undefined {
  const [tightest] = free.filter((share) => share.units >= units).sort((left, right) => left.units - right.units);
  return tightest && [{ gpuId: tightest.gpuId, units }];
}

/** `free` without `taken`, which was chosen from it. */
export function takeShares(free: readonly GpuShare[], taken: readonly GpuShare[]): readonly GpuShare[] {
  return free.map(({ gpuId, units }) => ({ gpuId, units: units - unitsOf(gpuId, taken) }));
}

/** `free` with `returned` back, which was taken from it before. */
export function returnShares(free: readonly GpuShare[], returned: readonly GpuShare[]): readonly GpuShare[] {
  return free.map(({ gpuId, units }) => ({ gpuId, units: units + unitsOf(gpuId, returned) }));
}

function unitsOf(gpuId: string, shares: readonly GpuShare[]): number {
  return shares.find((share) => share.gpuId === gpuId)?.units ?? 0;
}
