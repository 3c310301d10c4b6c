import type { ModelConfig } from '../../src/llm/config/model-config.js';

/** A Llama for random weights, whose vocabulary no small number divides. It has no folder. */
export const tinyLlama: ModelConfig = {
  modelPath: '/nonexistent/tiny-llama',
  architecture: 'LlamaForCausalLM',
  vocabSize: 101,
  hiddenSize: 48,
  intermediateSize: 72,
  numHiddenLayers: 2,
  numAttentionHeads: 12,
  numKeyValueHeads: 2,
  headDim: 16,
  normEps: 1e-5,
  rope: {
    type: 'llama3',
    theta: 500,
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositionEmbeddings: 16,
  },
  tieWordEmbeddings: false,
  attentionBias: false,
  mlpBias: false,
  maxModelLen: 64,
  eosTokenIds: [2],
  bosTokenId: 1,
};
