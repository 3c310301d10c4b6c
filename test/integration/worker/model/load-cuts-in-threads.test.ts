import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../../../src/core/index.js';
import type { StageShard } from '../../../../worker/model/graphs/index.js';
import { openOrtEnvironment } from '../../../../worker/model/ort/index.js';
import { loadCutsInThreads } from '../../../../worker/model/runner/load-cuts-in-threads.js';
import { storytellerConfig } from '../../../support/storyteller.js';

const threadPool = { numThreads: 2, allowSpinning: false };

/** Its second rank of two, so that there are many cuts. */
const shardOf = (modelPath: string): StageShard => ({
  model: { ...storytellerConfig, modelPath },
  layers: { firstLayer: 0, endLayer: 6 },
  isFirstStage: true,
  isLastStage: true,
  tensorRank: { rank: 1, size: 2 },
});

function load(modelPath: string, afterLayer = async () => undefined) {
  const environment = openOrtEnvironment(threadPool);
  return loadCutsInThreads(shardOf(modelPath), { environment, threadPool, afterLayer });
}

describe('Cuts that are loaded in threads', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-load-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come in the order of a pass, each layer told once', async () => {
    let numLayers = 0;
    const cuts = await load(storytellerConfig.modelPath, async () => {
      numLayers += 1;
    });
    const layers = [0, 1, 2, 3, 4, 5].flatMap((layer) => [`layers.${layer}.attention`, `layers.${layer}.mlp`]);
    expect(cuts.map(({ name }) => name)).toEqual(['embedding', ...layers, 'head']);
    expect(numLayers).toBe(6);
    for (const { session } of cuts) {
      session.createBinding().close();
      session.close();
    }
  });

  it('fail with what one thread failed with', async () => {
    const file = readFileSync(join(storytellerConfig.modelPath, 'model.safetensors'));
    const headerBytes = Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes));
    const { data_offsets: offsets, dtype } = header['model.layers.3.mlp.up_proj.weight'];
    const end = 8 + headerBytes + offsets[1];
    file.fill(0xff, end - (dtype === 'F32' ? 4 : 2), end);
    copyFileSync(join(storytellerConfig.modelPath, 'config.json'), join(folder, 'config.json'));
    writeFileSync(join(folder, 'model.safetensors'), file);
    await expect(load(folder)).rejects.toThrow(ModelLoadError);
    await expect(load(folder)).rejects.toThrow('Tensor model.layers.3.mlp.up_proj.weight in ');
  });
});
