import { InternalError } from '../../../../src/core/index.js';
import { parseNvidiaSmi, selectVisibleGpus } from '../../../../worker/agent/gpu-list.js';

const csv = '0, GPU-aaaa-1, NVIDIA H200, 143771\n1, GPU-bbbb-2, NVIDIA GB10, Rev 2, [N/A]\n';
const gpus = parseNvidiaSmi(csv);
const idsWith = (cudaVisibleDevices: string | undefined): string[] =>
  selectVisibleGpus(gpus, cudaVisibleDevices).map(({ gpuId }) => gpuId);

describe('parseNvidiaSmi', () => {
  it('reads a line per GPU, names with commas and unknown memory included', () => {
    expect(gpus).toEqual([
      { index: 0, uuid: 'GPU-aaaa-1', name: 'NVIDIA H200', memoryMiB: 143_771 },
      { index: 1, uuid: 'GPU-bbbb-2', name: 'NVIDIA GB10, Rev 2', memoryMiB: undefined },
    ]);
  });

  it('reads no lines as no GPUs', () => {
    expect(parseNvidiaSmi('\n')).toEqual([]);
  });

  it('refuses a line that it does not understand', () => {
    expect(() => parseNvidiaSmi('No devices were found')).toThrow(InternalError);
  });
});

describe('selectVisibleGpus', () => {
  it('takes all by index when CUDA_VISIBLE_DEVICES is not set', () => {
    expect(idsWith(undefined)).toEqual(['0', '1']);
  });

  it.each([
    ['1', ['1']],
    ['1,0', ['1', '0']],
    ['GPU-bbbb', ['GPU-bbbb']],
    [' 1 , GPU-aaaa-1', ['1', 'GPU-aaaa-1']],
    ['MIG-x', ['MIG-x']],
    ['', []],
    ['-1', []],
    ['0,7,1', ['0']],
  ])('with %j leaves %j', (cudaVisibleDevices, expected) => {
    expect(idsWith(cudaVisibleDevices)).toEqual(expected);
  });
});
