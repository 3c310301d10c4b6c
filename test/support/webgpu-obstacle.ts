import { InvalidArgumentError } from '../../src/core/index.js';
import { GraphBuilder } from '../../worker/model/onnx/index.js';
import { openOrtEnvironment, Session } from '../../worker/model/ort/index.js';

/** Why the device can't be used here; undefined when it can. */
export function findWebGpuObstacle(): string | undefined {
  const graph = new GraphBuilder();
  graph.node('Identity', [graph.input('x', 'float32', [1])], { outputs: ['y'] });
  graph.output('y', 'float32', [1]);
  try {
    const environment = openOrtEnvironment({ numThreads: 1, allowSpinning: false });
    new Session(environment, graph.build(), 'own', 'webgpu').close();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
}
