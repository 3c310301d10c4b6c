import { GraphBuilder } from '../onnx/index.js';
import { type OrtEnvironment, type PlacedMemory, Session, Tensor } from '../ort/index.js';

/** Copies `length` float32 values of the host into a buffer of the WebGPU device. */
export function uploadFloat32(environment: OrtEnvironment, from: PlacedMemory, to: PlacedMemory, length: number): void {
  const graph = new GraphBuilder();
  graph.node('Identity', [graph.input('host', 'float32', [length])], { outputs: ['device'] });
  graph.output('device', 'float32', [length]);
  const session = new Session(environment, graph.build(), 'own', 'webgpu');
  const binding = session.createBinding();
  const dims = [length];
  const source = new Tensor(environment, { dtype: 'float32', dims, address: from.address });
  const target = new Tensor(environment, { dtype: 'float32', dims, address: to.address, place: 'webgpu' });
  try {
    binding.bindInput('host', source);
    binding.bindOutput('device', target);
    session.run(binding);
  } finally {
    binding.close();
    source.close();
    target.close();
    session.close();
  }
}
