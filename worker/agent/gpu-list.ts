import { InternalError } from '../../src/core/index.js';

/** A GPU as nvidia-smi lists it. */
export interface NvidiaGpu {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** Undefined where the driver does not tell, as on GPUs that share the host's memory. */
  readonly memoryMiB: number | undefined;
}

/** A GPU that the agent may give out. */
export interface VisibleGpu {
  /** As a process's CUDA_VISIBLE_DEVICES takes it. */
  readonly gpuId: string;
  readonly name: string;
  readonly memoryMiB: number | undefined;
}

/**
 * Reads `nvidia-smi --query-gpu=index,uuid,name,memory.total --format=csv,noheader,nounits`.
 * @throws {InternalError} for a line of another form.
 */
export function parseNvidiaSmi(csv: string): NvidiaGpu[] {
  return csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
}

function parseLine(line: string): NvidiaGpu {
  const fields = /^(\d+), ([\w-]+), (.+), ([^,]+)$/.exec(line.trim());
  if (fields === null) throw new InternalError(`nvidia-smi wrote a line that is not understood: '${line.trim()}'.`);
  const [, index, uuid, name, memory] = fields as unknown as [string, string, string, string, string];
  const memoryMiB = Number(memory);
  return { index: Number(index), uuid, name, memoryMiB: Number.isFinite(memoryMiB) ? memoryMiB : undefined };
}

/**
 * The GPUs that CUDA_VISIBLE_DEVICES leaves, in its order and under its ids; all by index where it is not set. As in
 * CUDA, an entry is an index or the start of a UUID, and one that names no GPU ends the list. MIG instances, which
 * nvidia-smi does not list, are taken at their word.
 */
export function selectVisibleGpus(gpus: readonly NvidiaGpu[], cudaVisibleDevices: string | undefined): VisibleGpu[] {
  if (cudaVisibleDevices === undefined) return gpus.map((gpu) => toVisible(String(gpu.index), gpu));
  const visible: VisibleGpu[] = [];
  for (const gpuId of cudaVisibleDevices.split(',').map((entry) => entry.trim())) {
    const gpu = gpus.find(({ index, uuid }) => gpuId === String(index) || isUuidStart(gpuId, uuid));
    if (gpu !== undefined) visible.push(toVisible(gpuId, gpu));
    else if (gpuId.startsWith('MIG-')) visible.push({ gpuId, name: 'MIG', memoryMiB: undefined });
    else break;
  }
  return visible;
}

function isUuidStart(entry: string, uuid: string): boolean {
  return entry.startsWith('GPU-') && uuid.startsWith(entry);
}

function toVisible(gpuId: string, { name, memoryMiB }: NvidiaGpu): VisibleGpu {
  return { gpuId, name, memoryMiB };
}
