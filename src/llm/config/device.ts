import { InvalidArgumentError } from '../../core/index.js';

/** Where a model can be asked to run. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda'] as const;

export type Device = (typeof DEVICES)[number];

/**
 * Refuses devices that can't run an engine of this shape. Whether the machine has the device shows when the model loads.
 * @throws {InvalidArgumentError} saying what is missing and what to do.
 */
export function checkDevice(device: Device, tensorParallelSize: number): void {
  if (device === 'cuda') {
    throw new InvalidArgumentError(
      "Device 'cuda' can't be used: onnxruntime-node does not ship the CUDA provider (libonnxruntime_providers_cuda.so) and the engine keeps no KV cache in CUDA memory. Use device 'webgpu', which runs on NVIDIA GPUs through Vulkan, or 'cpu'.",
    );
  }
  if (device === 'webgpu' && tensorParallelSize > 1) {
    throw new InvalidArgumentError(
      `Device 'webgpu' can't split layers over ${tensorParallelSize} ranks: their sums would go through the host's memory after every layer, which takes longer than the layers. Use pipelineParallelSize, or more engines, instead of tensorParallelSize.`,
    );
  }
}
