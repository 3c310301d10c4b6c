import { InvalidArgumentError } from '../../../src/core/index.js';
import type { OrtEnvironment } from './environment.js';
import type { OrtPointer } from './table-binder.js';

/** What computes a session's graph. */
export type ExecutionProvider = 'cpu' | 'webgpu';

/** As the C function that appends providers knows it. */
const WEBGPU = 'WebGPU';

/**
 * Has the session compute on the provider; operators that the provider lacks fall back to the CPU.
 * @throws {InvalidArgumentError} when the provider can't be had here, saying what it needs.
 */
export function appendExecutionProvider(
  { api }: OrtEnvironment,
  options: OrtPointer,
  provider: ExecutionProvider,
): void {
  if (provider === 'cpu') return;
  try {
    api.sessionOptionsAppendExecutionProvider(options, WEBGPU, [], [], 0);
  } catch (cause) {
    throw new InvalidArgumentError(
      "Device 'webgpu' finds no GPU: it needs a Vulkan loader (libvulkan.so.1; on Debian: apt-get install libvulkan1), the GPU's Vulkan driver and, on Linux, an x64 processor. Install what is missing, or choose device 'cpu'.",
      { cause },
    );
  }
}
