import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../../src/core/index.js';
import { discoverGpus } from '../../../../worker/agent/gpu-discovery.js';

describe('discoverGpus', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rayts-nvidia-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function writeNvidiaSmi(script: string): string {
    const file = join(folder, 'nvidia-smi');
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  it('finds what nvidia-smi lists and CUDA_VISIBLE_DEVICES leaves', async () => {
    const nvidiaSmi = writeNvidiaSmi('echo "0, GPU-a, NVIDIA H200, 143771"; echo "1, GPU-b, NVIDIA H200, 143771"');
    const options = { logger: silentLogger, nvidiaSmi, cudaVisibleDevices: '1' };
    expect(await discoverGpus(options)).toEqual([{ gpuId: '1', name: 'NVIDIA H200', memoryMiB: 143_771 }]);
  });

  it('finds none without nvidia-smi, and none where it fails, which it reports', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => warnings.push(message) };
    expect(await discoverGpus({ logger, nvidiaSmi: join(folder, 'missing') })).toEqual([]);
    expect(warnings).toEqual([]);
    expect(await discoverGpus({ logger, nvidiaSmi: writeNvidiaSmi('echo broken; exit 9') })).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});
