import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInitialized } from '../../../../../src/api/index.js';
import { ModelLoadError } from '../../../../../src/core/index.js';
import { createEngineConfig } from '../../../../../src/llm/config/engine-config.js';
import { RayExecutorLauncher } from '../../../../../src/llm/executor/ray-executor-launcher.js';

const STORYTELLER = join(process.cwd(), 'models/storyteller');

describe('launching ranks in a cluster', () => {
  let model: string;

  beforeEach(() => {
    model = mkdtempSync(join(tmpdir(), 'ray-ts-model-'));
    for (const name of readdirSync(STORYTELLER).filter((file) => /\.(json|safetensors|jinja)$/.test(file))) {
      copyFileSync(join(STORYTELLER, name), join(model, name));
    }
  });
  afterEach(() => rmSync(model, { recursive: true, force: true }));

  const launch = async (): Promise<unknown> => {
    const config = await createEngineConfig({ model, tensorParallelSize: 2 });
    return new RayExecutorLauncher().launch(config, {});
  };

  it('is refused for weights that are cut off, before a cluster is asked for anything', async () => {
    const weights = join(model, 'model.safetensors');
    truncateSync(weights, statSync(weights).size - 1);
    await expect(launch()).rejects.toThrow(ModelLoadError);
    expect(isInitialized()).toBe(false);
  });

  it('is refused for weights that are missing', async () => {
    rmSync(join(model, 'model.safetensors'));
    await expect(launch()).rejects.toThrow(ModelLoadError);
    expect(isInitialized()).toBe(false);
  });
});
