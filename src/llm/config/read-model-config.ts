import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, ModelLoadError } from '../../core/index.js';
import { describeCheckpointQuantization } from './checkpoint-quantization.js';
import { unifyFields } from './config-family.js';
import { configFamilies } from './families/index.js';
import {
  type HfConfig,
  hfArchitecturesSchema,
  hfConfigSchema,
  hfGenerationConfigSchema,
  hfQuantizationSchema,
} from './hf-config.js';
import type { Activation, ModelConfig, RopeConfig } from './model-config.js';
import { parseModelJson, readModelJson } from './read-model-json.js';
import { createRopeConfig } from './rope-config.js';
import {
  isSupportedArchitecture,
  type SupportedArchitecture,
  supportedArchitectures,
} from './supported-architectures.js';

const CONFIG_FILE = 'config.json';
const GENERATION_CONFIG_FILE = 'generation_config.json';
const QUANTIZE_CONFIG_FILE = 'quantize_config.json';

async function listModelFolder(modelPath: string): Promise<string[]> {
  try {
    return await readdir(modelPath);
  } catch (error) {
    throw new ModelLoadError(
      `The model folder ${modelPath} can't be read. model must be the path of a folder with config.json, *.safetensors and tokenizer.json.`,
      { cause: error },
    );
  }
}

function checkFiles(modelPath: string, files: readonly string[], needsWeights: boolean): void {
  if (!files.includes(CONFIG_FILE)) {
    throw new ModelLoadError(`The model folder ${modelPath} has no ${CONFIG_FILE}.`);
  }
  if (needsWeights && !files.some((file) => file.endsWith('.safetensors'))) {
    throw new ModelLoadError(
      `The model folder ${modelPath} has no *.safetensors file. Other weight formats are not supported; loadFormat 'dummy' runs without weights.`,
    );
  }
}

function readArchitecture(json: unknown, configPath: string): SupportedArchitecture {
  const { architectures } = parseModelJson(hfArchitecturesSchema, configPath, json);
  const supported = architectures.find(isSupportedArchitecture);
  if (supported !== undefined) return supported;
  throw new ModelLoadError(
    `Model architectures [${architectures.join(', ')}] of ${configPath} are not supported for now. Supported architectures: ${supportedArchitectures.join(', ')}.`,
  );
}

async function readEosTokenIds(config: HfConfig, modelPath: string): Promise<readonly number[]> {
  const path = join(modelPath, GENERATION_CONFIG_FILE);
  const json = (await readModelJson(modelPath, GENERATION_CONFIG_FILE)) ?? {};
  const generation = parseModelJson(hfGenerationConfigSchema, path, json);
  return [generation.eos_token_id ?? config.eos_token_id ?? []].flat();
}

/**
 * Linear and dynamic RoPE scaling stretch the positions that the model was trained on, and so does yarn where the file
 * still names those; in other files, max_position_embeddings counts the scaling in already.
 */
function longestModelLen({ max_position_embeddings: own }: HfConfig, rope: RopeConfig): number {
  switch (rope.type) {
    case 'linear':
    case 'dynamic':
      return Math.floor(own * rope.factor);
    case 'yarn':
      return Math.max(own, Math.floor(rope.originalMaxPositionEmbeddings * rope.factor));
    default:
      return own;
  }
}

function resolveMaxModelLen(requested: number | undefined, longest: number, configPath: string): number {
  if (requested === undefined || requested <= longest) return requested ?? longest;
  throw new InvalidArgumentError(
    `User-specified maxModelLen (${requested}) is greater than the derived maxModelLen (max_position_embeddings=${longest} in ${configPath}). Positions beyond it give wrong outputs; use at most ${longest}.`,
  );
}

function checkHeads(config: HfConfig, numKeyValueHeads: number, configPath: string): void {
  if (config.num_attention_heads % numKeyValueHeads !== 0) {
    throw new ModelLoadError(
      `${configPath}: num_attention_heads (${config.num_attention_heads}) must be a multiple of num_key_value_heads (${numKeyValueHeads}).`,
    );
  }
  if (config.head_dim == null && config.hidden_size % config.num_attention_heads !== 0) {
    throw new ModelLoadError(
      `${configPath}: hidden_size (${config.hidden_size}) must be a multiple of num_attention_heads (${config.num_attention_heads}) when head_dim is missing.`,
    );
  }
}

const activations: Readonly<Record<HfConfig['hidden_act'], Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  relu: 'relu',
};

/** What a config says of a model of any family; its length, path and end tokens are read apart. */
function describeModel(config: HfConfig, configPath: string) {
  const numKeyValueHeads = config.num_key_value_heads ?? config.num_attention_heads;
  checkHeads(config, numKeyValueHeads, configPath);
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    numHiddenLayers: config.num_hidden_layers,
    numAttentionHeads: config.num_attention_heads,
    numKeyValueHeads,
    headDim: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    normEps: config.rms_norm_eps,
    activation: activations[config.hidden_act],
    attentionSoftcap: config.attn_logit_softcapping ?? undefined,
    logitsSoftcap: config.final_logit_softcapping ?? undefined,
    tieWordEmbeddings: config.tie_word_embeddings,
    attentionBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    bosTokenId: config.bos_token_id ?? undefined,
  };
}

function requireIntermediateSize(size: number | null | undefined, configPath: string): number {
  if (size != null) return size;
  throw new ModelLoadError(`${configPath}: intermediate_size is missing or unsuitable: it must be a number.`);
}

async function readCheckpointQuantization(json: unknown, modelPath: string) {
  const configPath = join(modelPath, CONFIG_FILE);
  return describeCheckpointQuantization({
    configPath,
    inConfig: parseModelJson(hfQuantizationSchema, configPath, json).quantization_config,
    ownPath: join(modelPath, QUANTIZE_CONFIG_FILE),
    own: await readModelJson(modelPath, QUANTIZE_CONFIG_FILE),
  });
}

export interface ReadModelConfigOptions {
  readonly maxModelLen?: number | undefined;
  /** False with random weights: then the folder needs no *.safetensors. */
  readonly needsWeights: boolean;
}

/**
 * Reads what the engine must know of a Hugging Face model folder.
 * @throws {ModelLoadError} naming the folder, file or field at fault and what it needs.
 * @throws {InvalidArgumentError} when `maxModelLen` is greater than the model's.
 */
export async function readModelConfig(modelPath: string, options: ReadModelConfigOptions): Promise<ModelConfig> {
  checkFiles(modelPath, await listModelFolder(modelPath), options.needsWeights);
  const configPath = join(modelPath, CONFIG_FILE);
  const json = await readModelJson(modelPath, CONFIG_FILE);
  const architecture = readArchitecture(json, configPath);
  const family = configFamilies[architecture];
  const config = parseModelJson(hfConfigSchema, configPath, unifyFields(family, Object(json)));
  const model = describeModel(config, configPath);
  const described = family.describe(config, configPath);
  const rope = described.rope ?? createRopeConfig(config, configPath);
  return {
    ...model,
    ...described,
    modelPath,
    architecture,
    rope,
    intermediateSize: described.intermediateSize ?? requireIntermediateSize(config.intermediate_size, configPath),
    maxModelLen: resolveMaxModelLen(options.maxModelLen, longestModelLen(config, rope), configPath),
    eosTokenIds: await readEosTokenIds(config, modelPath),
    checkpointQuantization: await readCheckpointQuantization(json, modelPath),
  };
}
