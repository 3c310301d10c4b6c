import { type GraphBuilder, int } from '../../onnx/index.js';
import type { CutContext } from '../architecture.js';
import { type LinearWeight, readLinearRows } from './linear-weight.js';

/** What linear layers are built from. */
export type LinearContext = Pick<CutContext, 'weights' | 'allocateWeights'>;

/**
 * `x` [.., inputs] times a weight [outputs, inputs], without a bias: [.., outputs]. The checkpoint's layout is kept: ONNX
 * Runtime packs weights for its kernels when the session is created, from either layout, so a transposed copy of ours
 * would change nothing.
 * @throws {ModelLoadError} when the weight is missing or damaged.
 */
export function linear(context: LinearContext, graph: GraphBuilder, x: string, weight: LinearWeight): string {
  const { name, outputs, inputs } = weight;
  const values = context.allocateWeights(outputs * inputs);
  readLinearRows(context.weights, weight, { start: 0, end: outputs }, values);
  const attributes = { transB: int(1) };
  const inputNames = [x, graph.initializer(name, values, [outputs, inputs])];
  return graph.node('FusedMatMul', inputNames, { attributes, domain: 'com.microsoft' });
}
