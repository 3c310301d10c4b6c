import { QUANTIZATIONS, type Quantization } from '../../../../src/llm/config/quantization.js';
import { linear } from '../../../../worker/model/graphs/linear/index.js';
import { GraphBuilder } from '../../../../worker/model/onnx/index.js';
import { Memory, openOrtEnvironment, Session, Tensor } from '../../../../worker/model/ort/index.js';
import { RandomWeightSource } from '../../../../worker/model/weights/index.js';

const environment = openOrtEnvironment({ numThreads: 1, allowSpinning: false });

interface Sizes {
  readonly tokens: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Single tokens and batches; sizes that no block divides, and one that is smaller than any block. */
const sizes: readonly Sizes[] = [
  { tokens: 1, inputs: 256, outputs: 64 },
  { tokens: 8, inputs: 896, outputs: 48 },
  { tokens: 70, inputs: 200, outputs: 33 },
  { tokens: 3, inputs: 45, outputs: 7 },
  { tokens: 5, inputs: 9, outputs: 130 },
];

const sliceOf = ({ inputs, outputs }: Sizes) => ({
  name: 'weight',
  shape: [outputs, inputs],
  rows: { start: 0, end: outputs },
});

function readWeight(size: Sizes): Float32Array {
  const values = new Float32Array(size.outputs * size.inputs);
  new RandomWeightSource(1).read(sliceOf(size), values);
  return values;
}

/** Tokens whose values grow by their number, so that a scale for all of them is coarse for the first. */
function createTokens({ tokens, inputs }: Sizes): Float32Array {
  return Float32Array.from({ length: tokens * inputs }, (_, index) => {
    return Math.sin(index * index) * (1 + Math.floor(index / inputs));
  });
}

function createSession(size: Sizes, quantization: Quantization | undefined) {
  const graph = new GraphBuilder();
  const context = {
    model: { quantization },
    weights: new RandomWeightSource(1),
    allocateWeights: (length: number) => new Float32Array(length),
    allocateBytes: (length: number) => new Uint8Array(length),
  };
  const { inputs, outputs } = size;
  const x = graph.input('x', 'float32', ['tokens', inputs]);
  const segments = [{ slice: sliceOf(size), firstOutput: 0 }];
  const output = linear(context, graph, x, { name: 'weight', inputs, outputs, segments });
  graph.output(output, 'float32', ['tokens', outputs]);
  return { session: new Session(environment, graph.build(), 'own'), output };
}

function multiply(size: Sizes, quantization?: Quantization): Float32Array {
  const { session, output } = createSession(size, quantization);
  const x = createTokens(size);
  const numOutputs = size.tokens * size.outputs;
  const memory = Memory.allocate(4 * (x.length + numOutputs));
  memory.float32(0, x.length).set(x);
  const tensor = (dims: readonly number[], offset: number) =>
    new Tensor(environment, { dtype: 'float32', dims, address: memory.address + BigInt(4 * offset) });
  const input = tensor([size.tokens, size.inputs], 0);
  const product = tensor([size.tokens, size.outputs], x.length);
  const binding = session.createBinding();
  binding.bindInput('x', input);
  binding.bindOutput(output, product);
  session.run(binding);
  const result = memory.float32(4 * x.length, numOutputs).slice();
  for (const open of [binding, input, product, session, memory]) open.close();
  return result;
}

const largestOf = (values: Float32Array): number =>
  values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

interface Steps {
  /** Inputs that share a scale; undefined: all of a row. */
  readonly blockSize?: number;
  /** Largest error of a weight, and of an input, as shares of the largest magnitude that shares their scale. */
  readonly weight: number;
  readonly input: number;
}

/** Half a step each, but a whole one of 4 bits, whose upper end lacks a step. */
const steps: Readonly<Record<Quantization, Steps>> = {
  int8: { weight: 0.5 / 127, input: 0.5 / 127 },
  'int8-block128': { blockSize: 128, weight: 0.5 / 127, input: 0.5 / 127 },
  int4: { blockSize: 128, weight: 1 / 8, input: 0.5 / 127 },
  'int4-block32': { blockSize: 32, weight: 1 / 8, input: 0.5 / 127 },
};

/** The most that rounding can make of an output: |Δw| |x| + (|w| + |Δw|) |Δx|, summed over the inputs. */
function errorBound(weight: Float32Array, x: Float32Array, step: Steps): number {
  const { blockSize = x.length } = step;
  let bound = 0;
  for (let start = 0; start < x.length; start += blockSize) {
    const [weights, values] = [weight.subarray(start, start + blockSize), x.subarray(start, start + blockSize)];
    const weightError = largestOf(weights) * step.weight;
    const inputError = largestOf(values) * step.input;
    for (const [index, value] of values.entries()) {
      bound += weightError * Math.abs(value) + (Math.abs(weights[index]!) + weightError) * inputError;
    }
  }
  return bound;
}

describe.each(QUANTIZATIONS)('a linear layer in %s', (quantization) => {
  it.each(sizes)(
    'of $tokens tokens, $inputs inputs and $outputs outputs is as near to float32 as its bits allow',
    (size) => {
      const { tokens, inputs, outputs } = size;
      const [exact, quantized] = [multiply(size), multiply(size, quantization)];
      const [weight, x] = [readWeight(size), createTokens(size)];
      let worst = 0;
      for (let token = 0; token < tokens; token++) {
        for (let output = 0; output < outputs; output++) {
          const row = weight.subarray(output * inputs, (output + 1) * inputs);
          const bound = errorBound(row, x.subarray(token * inputs, (token + 1) * inputs), steps[quantization]);
          const index = token * outputs + output;
          worst = Math.max(worst, Math.abs(exact[index]! - quantized[index]!) / bound);
        }
      }
      expect(worst).toBeLessThan(1);
      expect(worst).toBeGreaterThan(0);
    },
  );
});
