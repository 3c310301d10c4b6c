import { InvalidArgumentError } from '../../../../src/core/index.js';
import { describeNodeResources } from '../../../../worker/agent/resource-detection.js';

const gpus = ['4', '6'].map((gpuId) => ({ gpuId, name: 'NVIDIA H200', memoryMiB: 1 }));
const machine = { numCpus: 2, availableMemory: 1_000, objectStoreBytes: 300, host: '10.0.0.1' };
const detected = { ...machine, gpus, cudaVisibleDevices: '4,6' };
const bare = { ...machine, gpus: [], cudaVisibleDevices: undefined };
const everyNode = { memory: 4_000_000, 'node:10.0.0.1': 10_000 };

describe('describeNodeResources', () => {
  it('offers what was detected', () => {
    expect(describeNodeResources({}, detected)).toEqual({
      total: { CPU: 20_000, GPU: 20_000, 'accelerator_type:H200': 10_000, ...everyNode },
      gpuIds: ['4', '6'],
    });
    expect(describeNodeResources({}, bare)).toEqual({ total: { CPU: 20_000, ...everyNode }, gpuIds: [] });
  });

  it('offers what the user says, and custom resources', () => {
    const options = { numCpus: 0.5, numGpus: 0, memory: 7, resources: { disk: 3 } };
    expect(describeNodeResources(options, detected)).toEqual({
      total: { CPU: 5_000, memory: 70_000, disk: 30_000, 'node:10.0.0.1': 10_000 },
      gpuIds: [],
    });
  });

  it('counts logical GPUs on a host that has none', () => {
    expect(describeNodeResources({ numGpus: 2 }, bare).gpuIds).toEqual(['0', '1']);
  });

  it.each([
    ['more GPUs than CUDA_VISIBLE_DEVICES leaves', { numGpus: 3 }],
    ['a fraction of a GPU', { numGpus: 0.5 }],
    ['CPU as a custom resource', { resources: { CPU: 1 } }],
    ['memory as a custom resource', { resources: { memory: 1 } }],
  ])('refuses %s', (_what, options) => {
    expect(() => describeNodeResources(options, detected)).toThrow(InvalidArgumentError);
  });
});
