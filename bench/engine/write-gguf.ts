import { open } from 'node:fs/promises';
import { encodeGgufHeader, type GgufTensor, type GgufValue, padToAlignment } from './gguf-encoder.js';
import { isNorm, type ModelShape, numElements, type WeightTensor, weightTensors } from './model-shape.js';
import { randomWeights, weightBytes } from './random-weights.js';
import { MAX_MODEL_LEN } from './write-checkpoint.js';

export type GgufFormat = 'f32' | 'q8_0' | 'q4_0';

/** ggml's number of a tensor format, and llama.cpp's of a file that mostly has it. */
const formatNumbers = {
  f32: { tensor: 0, file: 0 },
  q4_0: { tensor: 2, file: 2 },
  q8_0: { tensor: 8, file: 7 },
} as const;

/** Kinds of tokens in GGUF's tokenizers. */
const NORMAL_TOKEN = 1;
const UNKNOWN_TOKEN = 2;
const CONTROL_TOKEN = 3;
const BYTE_TOKEN = 6;
const NUM_BYTES = 256;

/** The tokens that a SentencePiece vocabulary starts with: unknown, begin, end, and one for each byte. */
const SPECIAL_TOKENS = ['<unk>', '<s>', '</s>'];

/** A vocabulary of the right size; the benchmark feeds token ids, so its texts mean nothing. */
function vocabulary(size: number): Record<string, GgufValue> {
  const bytes = Array.from({ length: NUM_BYTES }, (_, byte) => {
    const digits = byte.toString(16).toUpperCase().padStart(2, '0');
    return `<0x${digits}>`;
  });
  const first = [...SPECIAL_TOKENS, ...bytes];
  const tokens = Array.from({ length: size }, (_, tokenId) => first[tokenId] ?? `token${tokenId}`);
  const types = tokens.map((_, tokenId) => {
    if (tokenId === 0) return UNKNOWN_TOKEN;
    if (tokenId < SPECIAL_TOKENS.length) return CONTROL_TOKEN;
    return tokenId < first.length ? BYTE_TOKEN : NORMAL_TOKEN;
  });
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'float32s', value: tokens.map((_, tokenId) => -tokenId) },
    'tokenizer.ggml.token_type': { type: 'int32s', value: types },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 2 },
  };
}

function metadata(shape: ModelShape, format: GgufFormat): Record<string, GgufValue> {
  const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: `random ${shape.name}` },
    'general.file_type': uint32(formatNumbers[format].file),
    'general.quantization_version': uint32(2),
    'llama.block_count': uint32(shape.numLayers),
    'llama.context_length': uint32(MAX_MODEL_LEN),
    'llama.embedding_length': uint32(shape.hiddenSize),
    'llama.feed_forward_length': uint32(shape.intermediateSize),
    'llama.attention.head_count': uint32(shape.numHeads),
    'llama.attention.head_count_kv': uint32(shape.numKeyValueHeads),
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-6 },
    'llama.rope.dimension_count': uint32(shape.headDim),
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'llama.vocab_size': uint32(shape.vocabSize),
    ...vocabulary(shape.vocabSize),
  };
}

/** Norms stay in single precision, as llama.cpp's own converter leaves them. */
const formatOf = (tensor: WeightTensor, format: GgufFormat): GgufFormat => (isNorm(tensor) ? 'f32' : format);

function tensorBytes(tensor: WeightTensor, format: GgufFormat, seed: number): Uint8Array {
  const length = numElements(tensor);
  if (isNorm(tensor)) return new Uint8Array(new Float32Array(length).fill(1).buffer);
  return randomWeights(format, length, seed);
}

/**
 * Writes a Llama with random weights for llama.cpp, the embedding and the output layer in the same format as the rest.
 * @returns bytes of the file.
 */
export async function writeGguf(path: string, shape: ModelShape, format: GgufFormat): Promise<number> {
  const tensors = weightTensors(shape);
  const described = tensors.map(
    (tensor): GgufTensor => ({
      name: tensor.ggufName,
      dims: tensor.dims.toReversed(),
      format: formatNumbers[formatOf(tensor, format)].tensor,
      byteLength: weightBytes(formatOf(tensor, format), numElements(tensor)),
    }),
  );
  const file = await open(path, 'w');
  try {
    await file.writeFile(encodeGgufHeader(metadata(shape, format), described));
    for (const [seed, tensor] of tensors.entries()) {
      const bytes = tensorBytes(tensor, format, seed);
      await file.writeFile(bytes);
      await file.writeFile(Buffer.alloc(padToAlignment(bytes.byteLength) - bytes.byteLength));
    }
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
