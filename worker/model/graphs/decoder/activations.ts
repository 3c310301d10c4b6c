import type { Activation } from '../../../../src/llm/config/model-config.js';
import type { GraphBuilder } from '../../onnx/index.js';

const MICROSOFT = { domain: 'com.microsoft' };

export function activate(graph: GraphBuilder, x: string, activation: Activation = 'silu'): string {
  switch (activation) {
    case 'silu':
      return graph.node('Mul', [x, graph.node('Sigmoid', [x])]);
    case 'gelu':
      return graph.node('Gelu', [x], MICROSOFT);
    case 'gelu-tanh':
      return graph.node('FastGelu', [x], MICROSOFT);
    case 'relu':
      return graph.node('Relu', [x]);
  }
}
