import { GraphBuilder, type OnnxModel, reattachWeights } from '../../../../../worker/model/onnx/index.js';
import { modelProto } from '../../../../../worker/model/onnx/onnx-schema.js';

const LARGE = 1024;

/** y = x + weight + bias, the weight outside of the graph. */
function addModel(bias = 1): OnnxModel {
  const graph = new GraphBuilder();
  const weight = graph.initializer('weight', new Float32Array(LARGE), [LARGE]);
  const sum = graph.node('Add', [graph.input('x', 'float32', [LARGE]), weight]);
  graph.output(graph.node('Add', [sum, graph.initializer('bias', Float32Array.of(bias), [1])]), 'float32', [LARGE]);
  return graph.build();
}

interface Tensor {
  name: string;
  dims: number[];
  data_type: number;
  raw_data?: Uint8Array;
  external_data?: { key: string; value: string }[];
}

/** The graph as ONNX Runtime saves it, all weights in one file, after `change` to its initializers. */
function saved(model: OnnxModel, change: (initializers: Tensor[]) => void = () => undefined): Uint8Array {
  const decoded = modelProto.toObject(modelProto.decode(model.bytes), { longs: Number, arrays: true });
  const initializers: Tensor[] = decoded['graph'].initializer;
  initializers[0]!.external_data = [{ key: 'location', value: 'all-weights' }];
  change(initializers);
  return modelProto.encode(modelProto.fromObject(decoded)).finish();
}

describe('A saved graph', () => {
  it('refers to its weights by name again', () => {
    expect(reattachWeights(saved(addModel()), addModel())).toEqual(addModel().bytes);
  });

  it('may hold integers that the original lacks', () => {
    const shape = { name: 'folded', dims: [1], data_type: 7, raw_data: new Uint8Array(8) };
    const graph = reattachWeights(
      saved(addModel(), (all) => all.push(shape)),
      addModel(),
    );
    expect(graph).toBeDefined();
  });

  it.each<[string, (all: Tensor[]) => void]>([
    ['floats that the original lacks', (all) => all.push({ ...all[1]!, name: 'folded' })],
    ['a weight under another name', ([weight]) => Object.assign(weight!, { name: 'transposed' })],
    ['a weight of another shape', ([weight]) => Object.assign(weight!, { dims: [2, LARGE / 2] })],
    ['other floats by the name of the original', ([, bias]) => Object.assign(bias!, { raw_data: new Uint8Array(4) })],
  ])('is of no use with %s', (_, change) => {
    expect(reattachWeights(saved(addModel(), change), addModel())).toBeUndefined();
  });
});
