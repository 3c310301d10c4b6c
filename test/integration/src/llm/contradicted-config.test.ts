import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../../../src/core/index.js';
import { LLM } from '../../../../src/llm/index.js';
import { storytellerPath } from './golden-cases.js';

describe('A config.json that the weights contradict', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-contradicted-'));
    for (const name of readdirSync(storytellerPath).filter((file) => /\.(json|jinja|safetensors)$/.test(file))) {
      copyFileSync(join(storytellerPath, name), join(folder, name));
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['fewer layers', { num_hidden_layers: 4 }, /num_hidden_layers is 4, but the weights there have 6 layers/],
    ['more layers', { num_hidden_layers: 8 }, /num_hidden_layers is 8, but the weights there have 6 layers/],
    ['a smaller vocabulary', { vocab_size: 1352 }, /asks for \[1352,256\] \(vocab_size\)\./],
    ['another width', { hidden_size: 128, head_dim: 32 }, /\(hidden_size\)\./],
    ['a narrower MLP', { intermediate_size: 256 }, /asks for \[256,256\] \(intermediate_size\)\./],
    ['other heads', { num_attention_heads: 4 }, /\(num_attention_heads × head_dim\)\./],
    ['other key and value heads', { num_key_value_heads: 2 }, /\(num_key_value_heads × head_dim\)\./],
  ])('is refused by the field: %s', async (_, fields, message) => {
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), head_dim: 32, ...fields }));
    const loading = LLM.create({ model: folder, distributedExecutorBackend: 'uni' });
    const error: unknown = await loading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ModelLoadError);
    expect(String(error)).toMatch(message);
  });
});
