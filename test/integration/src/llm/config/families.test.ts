import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../../../../src/core/index.js';
import { readModelConfig } from '../../../../../src/llm/config/read-model-config.js';

const sizes = {
  vocab_size: 293,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 8,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};

describe('readModelConfig of a family', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-model-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (architecture: string, fields: object = {}) => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ architectures: [architecture], ...sizes, ...fields }));
    return readModelConfig(folder, { needsWeights: false });
  };

  it('gives every layer of Mistral the window that transformers takes for a missing one, and none for null', async () => {
    const { slidingWindow } = await read('MistralForCausalLM');
    expect(slidingWindow).toMatchObject({ size: 4096, layers: new Array(8).fill(true) });
    expect((await read('MistralForCausalLM', { sliding_window: null })).slidingWindow).toBeUndefined();
  });

  it('gives layers of Qwen2 a window where use_sliding_window says so, from max_window_layers on', async () => {
    const window = { sliding_window: 32, max_window_layers: 6 };
    expect((await read('Qwen2ForCausalLM', window)).slidingWindow).toBeUndefined();
    const { slidingWindow } = await read('Qwen2ForCausalLM', { ...window, use_sliding_window: true });
    expect(slidingWindow?.layers).toEqual([false, false, false, false, false, false, true, true]);
  });

  it('has biases of Qwen2’s queries, keys and values alone', async () => {
    const biases = { attentionBias: true, attentionOutputBias: false, mlpBias: false };
    expect(await read('Qwen2ForCausalLM')).toMatchObject(biases);
  });

  it('takes 128 for the head dim that Qwen3 leaves out', async () => {
    expect((await read('Qwen3ForCausalLM')).headDim).toBe(128);
  });

  it('reads what older files of Phi-3 call su and yarn as longrope', async () => {
    const factors = { short_factor: new Array(8).fill(1), long_factor: new Array(8).fill(2) };
    const lengths = { max_position_embeddings: 128, original_max_position_embeddings: 32 };
    for (const type of ['su', 'yarn', 'longrope']) {
      const { rope } = await read('Phi3ForCausalLM', { ...lengths, rope_scaling: { type, ...factors } });
      expect(rope).toMatchObject({ type: 'longrope', attentionFactor: Math.sqrt(1 + Math.log(4) / Math.log(32)) });
    }
  });

  it('refuses longrope with another number of factors than rotations', async () => {
    const rope_scaling = { type: 'longrope', short_factor: [1], long_factor: [2] };
    const reading = read('Phi3ForCausalLM', { rope_scaling });
    await expect(reading).rejects.toThrow(
      'short_factor of rope_type longrope has 1 factors; heads of 16 values have 8 rotations.',
    );
  });

  it('alternates windows in Gemma 2, beginning with one, and bounds its logits', async () => {
    const config = await read('Gemma2ForCausalLM');
    expect(config.slidingWindow?.layers.slice(0, 3)).toEqual([true, false, true]);
    const described = { attentionSoftcap: 50, logitsSoftcap: 30, attentionScale: 1 / 16, activation: 'gelu-tanh' };
    expect(config).toMatchObject(described);
  });

  it('rotates the layers of Gemma 3 by two thetas, in both spellings', async () => {
    const old = { rope_theta: 5e5, rope_local_base_freq: 2e4, rope_scaling: { rope_type: 'linear', factor: 8 } };
    const full = { rope_theta: 5e5, rope_type: 'linear', factor: 8 };
    const sliding = { rope_theta: 2e4, rope_type: 'default' };
    const nested = { rope_parameters: { full_attention: full, sliding_attention: sliding } };
    for (const fields of [old, nested]) {
      const { rope, slidingWindow } = await read('Gemma3ForCausalLM', fields);
      expect(rope).toMatchObject({ type: 'linear', theta: 5e5, factor: 8 });
      expect(slidingWindow?.rope).toMatchObject({ type: 'default', theta: 2e4 });
      expect(slidingWindow?.layers).toEqual([true, true, true, true, true, false, true, true]);
    }
  });

  it('reads GPT-2 under its own names, with its defaults', async () => {
    const config = await read('GPT2LMHeadModel', { n_embd: 36, n_head: 6, n_layer: 2, n_inner: null });
    expect(config).toMatchObject({ hiddenSize: 36, headDim: 6, numHiddenLayers: 2, maxPositionEmbeddings: 1024 });
  });

  it('refuses layer_types of another number of layers', async () => {
    const reading = read('Gemma2ForCausalLM', { layer_types: ['full_attention'] });
    await expect(reading).rejects.toThrow(ModelLoadError);
    await expect(reading).rejects.toThrow('layer_types names 1 layers, num_hidden_layers is 8.');
  });
});
