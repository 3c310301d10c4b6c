import type { ModelConfig } from '../../../../../src/llm/config/model-config.js';

/** The dimensions of models/storyteller. */
export const storytellerConfig: ModelConfig = {
  modelPath: '/models/storyteller',
  architecture: 'LlamaForCausalLM',
  vocabSize: 2048,
  hiddenSize: 256,
  intermediateSize: 512,
  numHiddenLayers: 6,
  numAttentionHeads: 8,
  numKeyValueHeads: 4,
  headDim: 32,
  rmsNormEps: 1e-5,
  rope: { type: 'default', theta: 10_000 },
  tieWordEmbeddings: true,
  attentionBias: false,
  mlpBias: false,
  maxModelLen: 2048,
  eosTokenIds: [2],
  bosTokenId: 1,
};
