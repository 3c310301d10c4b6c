import { IllegalStateError, InternalError, InvalidArgumentError, ModelLoadError } from '../../../../src/core/index.js';
import { GraphBuilder } from '../../../../worker/model/onnx/index.js';
import {
  copyBytes,
  Memory,
  openOrtEnvironment,
  Session,
  Tensor,
  viewFloat32,
} from '../../../../worker/model/ort/index.js';

const environment = openOrtEnvironment({ numThreads: 1, allowSpinning: false });

/** y = x + weight, with a weight that lies outside the graph. */
function addGraph(weight: Float32Array) {
  const builder = new GraphBuilder();
  const sum = builder.node('Add', [
    builder.input('x', 'float32', ['n', weight.length]),
    builder.initializer('weight', weight, [weight.length]),
  ]);
  builder.output(sum, 'float32', ['n', weight.length]);
  return { model: builder.build(), output: sum };
}

describe('a session', () => {
  const width = 1000;
  const weight = new Float32Array(width).fill(2);
  const { model, output } = addGraph(weight);
  let session: Session;
  let memory: Memory;
  beforeEach(() => {
    session = new Session(environment, model, 'own');
    memory = Memory.allocate(width * 4);
  });
  afterEach(() => {
    session.close();
    memory.close();
  });

  it('writes its output into the memory it is bound to, also that of an input, and keeps its own weights', () => {
    weight.fill(7);
    memory.float32(0, width).fill(1);
    const tensor = new Tensor(environment, { dtype: 'float32', dims: [1, width], address: memory.address });
    const binding = session.createBinding();
    binding.bindInput('x', tensor);
    binding.bindOutput(output, tensor);
    session.run(binding);
    session.run(binding);
    expect(new Set(memory.float32(0, width))).toEqual(new Set([5]));
    binding.close();
    tensor.close();
    weight.fill(2);
  });

  it('says which input has a wrong shape', () => {
    withTensor([1, width / 2], (tensor) => {
      const binding = session.createBinding();
      binding.bindInput('x', tensor);
      binding.bindOutput(output, tensor);
      expect(() => session.run(binding)).toThrow(InternalError);
      binding.close();
    });
  });

  it('refuses to run after it was closed', () => {
    const binding = session.createBinding();
    binding.close();
    expect(() => session.run(binding)).toThrow(IllegalStateError);
    session.close();
    expect(() => session.createBinding()).toThrow(IllegalStateError);
  });

  function withTensor(dims: readonly number[], use: (tensor: Tensor) => void): void {
    const tensor = new Tensor(environment, { dtype: 'float32', dims, address: memory.address });
    use(tensor);
    tensor.close();
  }
});

describe('a graph that ONNX Runtime refuses', () => {
  it('is a model that can not be loaded', () => {
    const builder = new GraphBuilder();
    builder.output(builder.node('NoSuchOperator', [builder.input('x', 'float32', [1])]), 'float32', [1]);
    const model = builder.build();
    expect(() => new Session(environment, model, 'own')).toThrow(ModelLoadError);
    expect(() => new Session(environment, model, 'own')).toThrow(/NoSuchOperator/);
  });
});

describe('memory', () => {
  it('reserves far more than the machine has, zeroed, and gives it back', () => {
    const memory = Memory.allocate(2 ** 42);
    const far = memory.float32(2 ** 41, 4);
    expect([...far]).toEqual([0, 0, 0, 0]);
    far.set([1, 2, 3, 4]);
    copyBytes(memory.address, memory.address + 2n ** 41n, 16);
    expect([...viewFloat32(memory.address, 4)]).toEqual([1, 2, 3, 4]);
    memory.close();
    expect(() => memory.float32(0, 1)).toThrow(IllegalStateError);
  });

  it('says how much the system refused', () => {
    expect(() => Memory.allocate(2 ** 52)).toThrow(InvalidArgumentError);
    expect(() => Memory.allocate(2 ** 52)).toThrow(/4503599627370496 bytes/);
  });

  it('refuses views beyond its end', () => {
    const memory = Memory.allocate(16);
    expect(() => memory.float32(4, 4)).toThrow(InternalError);
    memory.close();
  });
});
