import { checkDevice } from '../../../../../src/llm/config/device.js';

describe('checkDevice', () => {
  it.each(['auto', 'cpu'] as const)('takes %s for any number of ranks', (device) => {
    expect(() => checkDevice(device, 4)).not.toThrow();
  });

  it('takes webgpu for one rank', () => {
    expect(() => checkDevice('webgpu', 1)).not.toThrow();
  });

  it('refuses to split layers on webgpu, and names what scales there', () => {
    expect(() => checkDevice('webgpu', 2)).toThrow('Use pipelineParallelSize');
  });

  it('says of cuda which library is missing and which device to take', () => {
    expect(() => checkDevice('cuda', 1)).toThrow(/libonnxruntime_providers_cuda\.so.*'webgpu'/);
  });
});
