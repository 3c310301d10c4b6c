import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeExtendedTokenizer } from '../step/random-model-folder.js';
import { isNorm, type ModelShape, numElements, type WeightTensor, weightTensors } from './model-shape.js';
import { randomWeights, weightBytes } from './random-weights.js';

/** Longest sequence: what the caches of all subjects are laid out for. */
export const MAX_MODEL_LEN = 1280;

/** 1.0 in bfloat16, little-endian. */
const BF16_ONE = [0x80, 0x3f] as const;

const createConfig = (shape: ModelShape): object => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: shape.hiddenSize,
  intermediate_size: shape.intermediateSize,
  num_hidden_layers: shape.numLayers,
  num_attention_heads: shape.numHeads,
  num_key_value_heads: shape.numKeyValueHeads,
  head_dim: shape.headDim,
  vocab_size: shape.vocabSize,
  max_position_embeddings: MAX_MODEL_LEN,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
});

/** The safetensors header with its length in front, padded to whole words as the format's own writer does. */
function encodeHeader(tensors: readonly WeightTensor[]): Uint8Array {
  let position = 0;
  const entries = tensors.map((tensor) => {
    const begin = position;
    position += weightBytes('bf16', numElements(tensor));
    return [tensor.checkpointName, { dtype: 'BF16', shape: tensor.dims, data_offsets: [begin, position] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json]);
}

function tensorBytes(tensor: WeightTensor, seed: number): Uint8Array {
  const length = numElements(tensor);
  if (!isNorm(tensor)) return randomWeights('bf16', length, seed);
  return new Uint8Array(weightBytes('bf16', length)).map((_, index) => BF16_ONE[index % 2]!);
}

/**
 * Writes a folder as the Hugging Face hub has it: bfloat16 weights, config and tokenizer.
 * @param tokenizerFolder of a model whose tokenizer.json is extended to the vocabulary.
 * @returns bytes of the weight file.
 */
export async function writeCheckpoint(folder: string, shape: ModelShape, tokenizerFolder: string): Promise<number> {
  await writeFile(join(folder, 'config.json'), JSON.stringify(createConfig(shape)));
  await writeExtendedTokenizer(folder, tokenizerFolder, shape.vocabSize);
  const tensors = weightTensors(shape);
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.writeFile(encodeHeader(tensors));
    for (const [seed, tensor] of tensors.entries()) await file.writeFile(tensorBytes(tensor, seed));
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
