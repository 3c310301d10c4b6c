/** What the engine and the ranks know of a model: read from its config.json once, on the driver, and sent to the ranks. */
export interface ModelConfig {
  /** Folder with config.json, *.safetensors and the tokenizer's files. */
  readonly modelPath: string;
  /** The supported architecture, as config.json's `architectures[0]` names it: LlamaForCausalLM. */
  readonly architecture: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
  readonly rope: RopeConfig;
  /** The LM head shares the embedding's weights. */
  readonly tieWordEmbeddings: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  /** Longest prompt plus output, in tokens: `--max-model-len`, or the model's own. */
  readonly maxModelLen: number;
  /** Tokens that end a sequence, from generation_config.json or config.json. */
  readonly eosTokenIds: readonly number[];
  readonly bosTokenId: number | undefined;
}

/** Rotary position embedding, as transformers' `rope_parameters`. */
export type RopeConfig =
  | { readonly type: 'default'; readonly theta: number }
  | { readonly type: 'linear'; readonly theta: number; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly theta: number;
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositionEmbeddings: number;
    };
