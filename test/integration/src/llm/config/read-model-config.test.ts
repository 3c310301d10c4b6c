import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, ModelLoadError } from '../../../../../src/core/index.js';
import { readModelConfig } from '../../../../../src/llm/config/read-model-config.js';
import { storytellerPath } from '../golden-cases.js';

const storyteller = JSON.parse(readFileSync(join(storytellerPath, 'config.json'), 'utf8'));
const options = { needsWeights: true };

describe('readModelConfig', () => {
  it('reads models/storyteller', async () => {
    expect(await readModelConfig(storytellerPath, options)).toEqual({
      modelPath: storytellerPath,
      architecture: 'LlamaForCausalLM',
      vocabSize: 2048,
      hiddenSize: 256,
      intermediateSize: 512,
      numHiddenLayers: 6,
      numAttentionHeads: 8,
      numKeyValueHeads: 4,
      headDim: 32,
      normEps: 1e-5,
      activation: 'silu',
      rope: { type: 'default', theta: 10_000 },
      tieWordEmbeddings: true,
      attentionBias: false,
      mlpBias: false,
      maxModelLen: 2048,
      eosTokenIds: [2],
      bosTokenId: 1,
    });
  });

  it('names a folder that is not there', async () => {
    await expect(readModelConfig('/nowhere', options)).rejects.toThrow("The model folder /nowhere can't be read.");
  });

  describe('with a folder of its own', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'ray-ts-model-'));
      writeFileSync(join(folder, 'model.safetensors'), '');
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    const read = (changes: object, maxModelLen?: number) => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...storyteller, ...changes }));
      return readModelConfig(folder, { ...options, maxModelLen });
    };

    it('derives what the config leaves out', async () => {
      const config = await read({ head_dim: undefined, num_key_value_heads: undefined, rms_norm_eps: undefined });
      expect(config).toMatchObject({ headDim: 32, numKeyValueHeads: 8, normEps: 1e-6 });
    });

    it('takes the end tokens of generation_config.json first', async () => {
      expect((await read({ eos_token_id: [5, 6] })).eosTokenIds).toEqual([5, 6]);
      writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [7, 8] }));
      expect((await read({ eos_token_id: 5 })).eosTokenIds).toEqual([7, 8]);
    });

    it('has no end tokens when the model names none', async () => {
      expect((await read({ eos_token_id: null })).eosTokenIds).toEqual([]);
    });

    it('reads rope settings as older versions of transformers wrote them', async () => {
      const old = { rope_parameters: undefined, rope_theta: 500_000 };
      const llama3 = {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      };
      expect((await read({ ...old, rope_scaling: null })).rope).toEqual({ type: 'default', theta: 500_000 });
      expect((await read({ ...old, rope_scaling: llama3 })).rope).toEqual({
        type: 'llama3',
        theta: 500_000,
        factor: 8,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxPositionEmbeddings: 8192,
      });
    });

    it('reads how a checkpoint is quantized, from config.json or a file of its own', async () => {
      writeFileSync(join(folder, 'quantize_config.json'), JSON.stringify({ bits: 8, group_size: 64 }));
      expect((await read({})).checkpointQuantization).toMatchObject({ method: 'gptq', bits: 8, groupSize: 64 });
      const awq = { quant_method: 'awq', bits: 4, group_size: 128 };
      expect((await read({ quantization_config: awq })).checkpointQuantization).toMatchObject({ method: 'awq' });
    });

    it('allows the positions that linear scaling adds', async () => {
      const rope = { rope_theta: 10_000, type: 'linear', factor: 2 };
      expect(await read({ rope_parameters: rope })).toMatchObject({
        rope: { type: 'linear', theta: 10_000, factor: 2 },
        maxModelLen: 4096,
      });
    });

    it('takes a shorter maxModelLen and refuses a longer one', async () => {
      expect((await read({}, 100)).maxModelLen).toBe(100);
      await expect(read({}, 2049)).rejects.toThrow(InvalidArgumentError);
      await expect(read({}, 2049)).rejects.toThrow(
        'User-specified maxModelLen (2049) is greater than the derived maxModelLen (max_position_embeddings=2048',
      );
    });

    it.each([
      [{ architectures: ['MambaForCausalLM'] }, 'Model architectures [MambaForCausalLM]'],
      [{ architectures: ['MambaForCausalLM'] }, 'Supported architectures: LlamaForCausalLM'],
      [{ architectures: undefined }, 'config.json: architectures is missing or unsuitable'],
      [{ vocab_size: undefined }, 'config.json: vocab_size is missing or unsuitable'],
      [{ hidden_act: 'mish' }, 'config.json: hidden_act is missing or unsuitable'],
      [{ num_hidden_layers: 1e9 }, 'config.json: num_hidden_layers is missing or unsuitable'],
      [{ num_key_value_heads: 3 }, 'num_attention_heads (8) must be a multiple of num_key_value_heads (3)'],
      [{ head_dim: null, hidden_size: 250 }, 'hidden_size (250) must be a multiple of num_attention_heads (8)'],
      [{ quantization_config: { bits: 4 } }, 'config.json: quantization_config.quant_method is missing or unsuitable'],
      [
        { rope_parameters: { rope_type: 'mrope' } },
        'rope_type mrope is not supported. Supported are default, linear, dynamic, llama3, yarn, longrope, su, proportional.',
      ],
      [{ head_dim: 31 }, "rope_type default can't rotate 31 values of a head, which follows from head_dim 31"],
      [
        { head_dim: 32, rope_parameters: { rope_type: 'yarn', factor: 2, partial_rotary_factor: 0.6 } },
        "rope_type yarn can't rotate 19 values of a head, which follows from head_dim 32 and partial_rotary_factor 0.6.",
      ],
      [
        { head_dim: 32, rope_parameters: { rope_type: 'dynamic', factor: 2, partial_rotary_factor: 0.08 } },
        'It needs more than 2, and an even number.',
      ],
      [{ rope_parameters: { rope_type: 'linear' } }, 'rope_type linear needs factor, which is missing.'],
    ])('refuses a config with %j', async (changes, message) => {
      await expect(read(changes)).rejects.toThrow(ModelLoadError);
      await expect(read(changes)).rejects.toThrow(message);
    });

    it('names a config.json that is missing or no JSON', async () => {
      await expect(readModelConfig(folder, options)).rejects.toThrow(`The model folder ${folder} has no config.json.`);
      writeFileSync(join(folder, 'config.json'), '{');
      await expect(readModelConfig(folder, options)).rejects.toThrow('config.json is not valid JSON');
    });

    it('needs safetensors, but not for random weights', async () => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(storyteller));
      rmSync(join(folder, 'model.safetensors'));
      await expect(readModelConfig(folder, options)).rejects.toThrow(
        `The model folder ${folder} has no *.safetensors file.`,
      );
      expect((await readModelConfig(folder, { needsWeights: false })).vocabSize).toBe(2048);
    });
  });
});
