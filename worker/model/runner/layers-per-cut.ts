import type { ModelConfig } from '../../../src/llm/config/model-config.js';
import type { StageShard } from '../graphs/index.js';
import type { ExecutionProvider } from '../ort/index.js';

/** About. While a cut is loaded, its weights are held as they were converted, as ONNX Runtime copied them, and packed. */
const WEIGHTS_PER_CUT = 1 << 25;

/** Weights of a layer's matrices; of a mixture of experts, those of a layer with experts. */
function weightsPerLayer(model: ModelConfig): number {
  const { hiddenSize, headDim, numAttentionHeads, numKeyValueHeads, intermediateSize, experts } = model;
  const attention = 2 * (numAttentionHeads + numKeyValueHeads) * headDim * hiddenSize;
  const mlp = experts === undefined ? 3 * intermediateSize : 3 * experts.numExperts * experts.intermediateSize;
  return attention + mlp * hiddenSize;
}

/**
 * Layers that share a graph: all of a small model; of a large one so few that little of it is held twice while it loads, and
 * as many in each. On a device all, since what passes from graph to graph would go through the host.
 */
export function layersPerCut({ model, layers, tensorRank }: StageShard, provider: ExecutionProvider): number {
  const numLayers = layers.endLayer - layers.firstLayer;
  if (provider !== 'cpu') return numLayers;
  const numWeights = (numLayers * weightsPerLayer(model)) / tensorRank.size;
  return Math.ceil(numLayers / Math.ceil(numWeights / WEIGHTS_PER_CUT));
}
