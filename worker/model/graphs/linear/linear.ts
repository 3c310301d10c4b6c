import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { type GraphBuilder, int } from '../../onnx/index.js';
import type { CutContext } from '../architecture.js';
import { type LinearWeight, readLinearRows } from './linear-weight.js';
import { isPackedWeight, multiplyPacked } from './packed-product.js';
import { multiplyBlocks, multiplyChannels } from './quantized-products.js';

/** What linear layers are built from. */
export interface LinearContext extends Pick<CutContext, 'weights' | 'allocateWeights' | 'allocateBytes' | 'provider'> {
  readonly model: Pick<ModelConfig, 'quantization' | 'checkpointQuantization'>;
}

/**
 * In float32. The checkpoint's layout is kept for the CPU: ONNX Runtime packs weights for its kernels when the session is
 * created, from either layout. WebGPU has no kernel that transposes, and would leave the product to the CPU; ONNX Runtime
 * transposes the weight once, when the session is created.
 */
function multiply(context: LinearContext, graph: GraphBuilder, x: string, weight: LinearWeight): string {
  const { name, outputs, inputs } = weight;
  const values = context.allocateWeights(outputs * inputs);
  readLinearRows(context.weights, weight, { start: 0, end: outputs }, values);
  const stored = graph.initializer(name, values, [outputs, inputs]);
  if (context.provider === 'webgpu') {
    return graph.node('MatMul', [x, graph.node('Transpose', [stored])]);
  }
  return graph.node('FusedMatMul', [x, stored], { attributes: { transB: int(1) }, domain: 'com.microsoft' });
}

/**
 * `x` [.., inputs] times a weight [outputs, inputs], without a bias, in the model's precision of linear layers: float32
 * [.., outputs]. What the checkpoint has quantized is multiplied as it is.
 * @throws {ModelLoadError} when the weight is missing or damaged, or quantized so that it can't be split over the ranks.
 */
export function linear(context: LinearContext, graph: GraphBuilder, x: string, weight: LinearWeight): string {
  const { checkpointQuantization, quantization } = context.model;
  if (checkpointQuantization !== undefined && isPackedWeight(context.weights, weight)) {
    return multiplyPacked(context, graph, x, weight, checkpointQuantization);
  }
  switch (quantization) {
    case undefined:
      return multiply(context, graph, x, weight);
    case 'int8':
      if (context.provider !== 'webgpu') return multiplyChannels(context, graph, x, weight);
      return multiplyBlocks(context, graph, x, weight, { bits: 8, blockSize: 128 });
    case 'int8-block128':
      return multiplyBlocks(context, graph, x, weight, { bits: 8, blockSize: 128 });
    case 'int4':
      return multiplyBlocks(context, graph, x, weight, { bits: 4, blockSize: 128 });
    case 'int4-block32':
      return multiplyBlocks(context, graph, x, weight, { bits: 4, blockSize: 32 });
  }
}
