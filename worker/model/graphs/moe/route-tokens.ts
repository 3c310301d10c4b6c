import type { ExpertsConfig } from '../../../../src/llm/config/experts-config.js';
import { type GraphBuilder, int } from '../../onnx/index.js';

/** Which experts every token goes to: [tokens, numExpertsPerToken] both, the likeliest expert first. */
export interface Routes {
  /** int64, numbers of experts. */
  readonly experts: string;
  /** float32, what each expert's output is multiplied by. */
  readonly weights: string;
}

/** From the router's logits, float32 [tokens, numExperts]: softmax over all experts, of which the likeliest are taken. */
export function routeTokens(graph: GraphBuilder, prefix: string, logits: string, config: ExpertsConfig): Routes {
  const shares = graph.node('Softmax', [logits], { attributes: { axis: int(-1) } });
  const outputs = [`${prefix}.shares`, `${prefix}.chosen`] as const;
  graph.node('TopK', [shares, graph.integers(`${prefix}.num_chosen`, [config.numExpertsPerToken])], { outputs });
  const [chosenShares, experts] = outputs;
  if (!config.normTopkProb) return { experts, weights: chosenShares };
  const axes = graph.integers(`${prefix}.last_dim`, [-1]);
  const sums = graph.node('ReduceSum', [chosenShares, axes], { attributes: { keepdims: int(1) } });
  return { experts, weights: graph.node('Div', [chosenShares, sums]) };
}
