import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_MODEL_LEN } from './cell.js';

/** The shape of the prototypes' model: 0.42 billion weights, of which 0.39 billion are read in every step. */
const VOCAB_SIZE = 32_000;
const config = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  head_dim: 64,
  vocab_size: VOCAB_SIZE,
  max_position_embeddings: MAX_MODEL_LEN,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
};

interface TokenizerFile {
  readonly model: { readonly vocab: Record<string, number> };
}

/** Writes the tokenizer.json of another model's folder with tokens added up to `vocabSize`. */
export async function writeExtendedTokenizer(
  folder: string,
  tokenizerFolder: string,
  vocabSize: number,
): Promise<void> {
  const tokenizer = JSON.parse(await readFile(join(tokenizerFolder, 'tokenizer.json'), 'utf8')) as TokenizerFile;
  const { vocab } = tokenizer.model;
  // Detokenizing is part of the engine's work, so every token needs a text.
  for (let tokenId = Object.keys(vocab).length; tokenId < vocabSize; tokenId++) vocab[`token${tokenId}`] = tokenId;
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
}

/** Writes a folder of a model without weights, for `loadFormat: 'dummy'`: every tensor gets random values of its own. */
export async function writeRandomModelFolder(folder: string, tokenizerFolder: string): Promise<void> {
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeExtendedTokenizer(folder, tokenizerFolder, VOCAB_SIZE);
}
