import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelConfig } from '../../src/llm/config/model-config.js';

const repository = resolve(__dirname, '../..');

/** The small model that the repository ships: models/storyteller/config.json. */
export const storytellerConfig: ModelConfig = {
  modelPath: join(repository, 'models/storyteller'),
  architecture: 'LlamaForCausalLM',
  vocabSize: 2048,
  hiddenSize: 256,
  intermediateSize: 512,
  numHiddenLayers: 6,
  numAttentionHeads: 8,
  numKeyValueHeads: 4,
  headDim: 32,
  normEps: 1e-5,
  rope: { type: 'default', theta: 10_000 },
  tieWordEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  maxModelLen: 256,
  eosTokenIds: [2],
  bosTokenId: 1,
};

/** A prompt and what transformers continues it with, greedily, in float32. */
export interface GoldenCase {
  readonly prompt_token_ids: readonly number[];
  readonly greedy: readonly number[];
  /** Of each greedy token. */
  readonly logprobs: readonly number[];
  /** Difference of the two largest logits where they are closest: below 0.001 a token may differ by rounding. */
  readonly smallest_top1_gap: number;
}

export const storytellerGolden: readonly GoldenCase[] = JSON.parse(
  readFileSync(join(repository, 'test/fixtures/storyteller/golden.json'), 'utf8'),
);
