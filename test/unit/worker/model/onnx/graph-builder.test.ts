import { InternalError } from '../../../../../src/core/index.js';
import { float, GraphBuilder, int } from '../../../../../worker/model/onnx/index.js';
import { modelProto } from '../../../../../worker/model/onnx/onnx-schema.js';

const decode = (builder: GraphBuilder) =>
  modelProto.toObject(modelProto.decode(builder.build().bytes), { longs: Number, bytes: Array })['graph'];

describe('GraphBuilder', () => {
  it('writes nodes in order with the attributes’ ONNX types', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['rows', 4]);
    const normed = builder.node('Norm', [x], { attributes: { axis: int(-1), epsilon: float(0.5) } });
    builder.node('Split', [normed], { outputs: ['a', 'b'], domain: 'com.microsoft' });
    builder.output('b', 'float32', ['rows', 2]);
    const graph = decode(builder);
    expect(graph.node).toMatchObject([
      {
        op_type: 'Norm',
        input: ['x'],
        output: [normed],
        attribute: [
          { name: 'axis', type: 2, i: -1 },
          { name: 'epsilon', type: 1, f: 0.5 },
        ],
      },
      { op_type: 'Split', input: [normed], output: ['a', 'b'], domain: 'com.microsoft' },
    ]);
    expect(graph.input[0].type.tensor_type).toEqual({
      elem_type: 1,
      shape: { dim: [{ dim_param: 'rows' }, { dim_value: 4 }] },
    });
  });

  it('puts small initializers into the graph, little-endian', () => {
    const builder = new GraphBuilder();
    builder.initializer('scale', Float32Array.of(1), [1]);
    builder.integer('last', -1);
    expect(builder.build().externalData).toEqual([]);
    expect(decode(builder).initializer).toMatchObject([
      { name: 'scale', data_type: 1, dims: [1], raw_data: [0, 0, 0x80, 0x3f] },
      { name: 'last', data_type: 7, raw_data: [255, 255, 255, 255, 255, 255, 255, 255] },
    ]);
  });

  it('leaves large initializers outside, without a copy', () => {
    const builder = new GraphBuilder();
    const data = new Float32Array(32 * 16);
    builder.initializer('weight', data, [32, 16]);
    const [external] = builder.build().externalData;
    expect(external).toMatchObject({ path: 'weight' });
    expect(external!.data).toBe(data);
    const [initializer] = decode(builder).initializer;
    expect(initializer).toMatchObject({
      data_location: 1,
      external_data: [
        { key: 'location', value: 'weight' },
        { key: 'offset', value: '0' },
        { key: 'length', value: '2048' },
      ],
    });
    expect(initializer).not.toHaveProperty('raw_data');
  });

  it('refuses a second value of the same name, and data of another size than its dims', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', [1]);
    expect(() => builder.node('Relu', ['x'], { outputs: ['x'] })).toThrow(InternalError);
    expect(() => builder.initializer('w', new Float32Array(3), [2])).toThrow(InternalError);
  });
});
