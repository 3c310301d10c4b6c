import { InvalidArgumentError } from '../../../../src/core/index.js';
import { describeNodeResources } from '../../../../worker/agent/resource-detection.js';

const gpus = ['4', '6'].map((gpuId) => ({ gpuId, name: 'NVIDIA H200', memoryMiB: 1 }));
const detected = { numCpus: 2, gpus, cudaVisibleDevices: '4,6' };
const bare = { numCpus: 2, gpus: [], cudaVisibleDevices: undefined };

describe('describeNodeResources', () => {
  it('offers what was detected', () => {
    expect(describeNodeResources({}, detected)).toEqual({ total: { CPU: 20_000, GPU: 20_000 }, gpuIds: ['4', '6'] });
    expect(describeNodeResources({}, bare)).toEqual({ total: { CPU: 20_000 }, gpuIds: [] });
  });

  it('offers what the user says, and custom resources', () => {
    expect(describeNodeResources({ numCpus: 0.5, numGpus: 1, resources: { disk: 3 } }, detected)).toEqual({
      total: { CPU: 5_000, GPU: 10_000, disk: 30_000 },
      gpuIds: ['4'],
    });
  });

  it('counts logical GPUs on a host that has none', () => {
    expect(describeNodeResources({ numGpus: 2 }, bare).gpuIds).toEqual(['0', '1']);
  });

  it.each([
    ['more GPUs than CUDA_VISIBLE_DEVICES leaves', { numGpus: 3 }],
    ['a fraction of a GPU', { numGpus: 0.5 }],
    ['CPU as a custom resource', { resources: { CPU: 1 } }],
  ])('refuses %s', (_what, options) => {
    expect(() => describeNodeResources(options, detected)).toThrow(InvalidArgumentError);
  });
});
