import { InvalidArgumentError } from '../../../src/core/index.js';
import type { Device } from '../../../src/llm/config/device.js';
import type { ExecutionProvider } from '../ort/index.js';

/**
 * What computes the model. `auto` is the CPU: a process sees every GPU of its host through Vulkan, whichever it was given.
 * @throws {InvalidArgumentError} for a device that has no provider here.
 */
export function chooseExecutionProvider(device: Device): ExecutionProvider {
  switch (device) {
    case 'auto':
    case 'cpu':
      return 'cpu';
    case 'webgpu':
      return 'webgpu';
    case 'cuda':
      throw new InvalidArgumentError("Device 'cuda' has no execution provider here. Use 'webgpu' or 'cpu'.");
  }
}
