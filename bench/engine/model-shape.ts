/** A Llama without biases and with an output layer of its own. */
export interface ModelShape {
  readonly name: string;
  readonly numLayers: number;
  readonly hiddenSize: number;
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
}

export const modelShapes: readonly ModelShape[] = [
  {
    name: '0.39b',
    numLayers: 24,
    hiddenSize: 896,
    numHeads: 14,
    numKeyValueHeads: 2,
    headDim: 64,
    intermediateSize: 4864,
    vocabSize: 32_000,
  },
  {
    name: '1.1b',
    numLayers: 16,
    hiddenSize: 2048,
    numHeads: 32,
    numKeyValueHeads: 8,
    headDim: 64,
    intermediateSize: 8192,
    vocabSize: 32_000,
  },
];

/** Runs in seconds, so that a quick run shows that everything works. */
export const quickShape: ModelShape = {
  name: 'tiny',
  numLayers: 2,
  hiddenSize: 256,
  numHeads: 4,
  numKeyValueHeads: 2,
  headDim: 64,
  intermediateSize: 512,
  vocabSize: 32_000,
};

/** One weight of a model, under the names of both formats. */
export interface WeightTensor {
  readonly checkpointName: string;
  readonly ggufName: string;
  /** Outer dimension first: [outputs, inputs] of a projection, [size] of a norm. */
  readonly dims: readonly number[];
}

function layerTensors(shape: ModelShape, layer: number): WeightTensor[] {
  const { hiddenSize, intermediateSize, numHeads, numKeyValueHeads, headDim } = shape;
  const queryWidth = numHeads * headDim;
  const keyValueWidth = numKeyValueHeads * headDim;
  const tensor = (checkpoint: string, gguf: string, ...dims: number[]): WeightTensor => ({
    checkpointName: `model.layers.${layer}.${checkpoint}.weight`,
    ggufName: `blk.${layer}.${gguf}.weight`,
    dims,
  });
  return [
    tensor('input_layernorm', 'attn_norm', hiddenSize),
    tensor('self_attn.q_proj', 'attn_q', queryWidth, hiddenSize),
    tensor('self_attn.k_proj', 'attn_k', keyValueWidth, hiddenSize),
    tensor('self_attn.v_proj', 'attn_v', keyValueWidth, hiddenSize),
    tensor('self_attn.o_proj', 'attn_output', hiddenSize, queryWidth),
    tensor('post_attention_layernorm', 'ffn_norm', hiddenSize),
    tensor('mlp.gate_proj', 'ffn_gate', intermediateSize, hiddenSize),
    tensor('mlp.up_proj', 'ffn_up', intermediateSize, hiddenSize),
    tensor('mlp.down_proj', 'ffn_down', hiddenSize, intermediateSize),
  ];
}

/** Every weight, in the order of the files. */
export function weightTensors(shape: ModelShape): WeightTensor[] {
  const { hiddenSize, vocabSize, numLayers } = shape;
  return [
    { checkpointName: 'model.embed_tokens.weight', ggufName: 'token_embd.weight', dims: [vocabSize, hiddenSize] },
    ...Array.from({ length: numLayers }, (_, layer) => layerTensors(shape, layer)).flat(),
    { checkpointName: 'model.norm.weight', ggufName: 'output_norm.weight', dims: [hiddenSize] },
    { checkpointName: 'lm_head.weight', ggufName: 'output.weight', dims: [vocabSize, hiddenSize] },
  ];
}

export const numElements = ({ dims }: Pick<WeightTensor, 'dims'>): number =>
  dims.reduce((product, dim) => product * dim, 1);

export const isNorm = ({ dims }: WeightTensor): boolean => dims.length === 1;

/** Weights that a decode step reads whole: all but the embedding, of which it reads a row for every token. */
export function weightsReadPerStep(shape: ModelShape): number {
  const all = weightTensors(shape).reduce((sum, tensor) => sum + numElements(tensor), 0);
  return all - shape.vocabSize * shape.hiddenSize;
}
