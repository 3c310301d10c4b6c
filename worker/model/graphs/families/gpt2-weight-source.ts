import { gpt2 as config } from '../../../../src/llm/config/families/gpt2.js';
import { rangeLength, type WeightSlice, type WeightSource } from '../../weights/index.js';

const PREFIX = 'transformer.';

/** GPT-2's Conv1D: c_attn, c_proj and c_fc are stored [inputs, outputs]. */
const isTransposed = (name: string): boolean => /\.c_\w+\.weight$/.test(name);

/** What GPT-2's config.json calls the fields that are named. */
function ownFieldNames(fields: string): string {
  return fields.replace(/\w+/g, (field) => config.renamed?.[field] ?? field);
}

/** Shows a checkpoint of GPT-2 with weights [outputs, inputs], and its names without the `transformer.` that some have. */
export class Gpt2WeightSource implements WeightSource {
  readonly #weights: WeightSource;

  constructor(weights: WeightSource) {
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.has(this.#storedName(name));
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    const { shapeFrom } = slice;
    const ownFields = shapeFrom && { shapeFrom: shapeFrom.map(ownFieldNames) };
    const stored = { ...slice, ...ownFields, name: this.#storedName(slice.name) };
    if (isTransposed(slice.name)) this.#readTransposed(stored, destination);
    else this.#weights.read(stored, destination);
  }

  /** Of quantized weights, whose layout is the same for all families. */
  readIntegers(slice: WeightSlice, destination: Int32Array): void {
    this.#weights.readIntegers({ ...slice, name: this.#storedName(slice.name) }, destination);
  }

  close(): void {
    this.#weights.close();
  }

  #storedName(name: string): string {
    return this.#weights.has(PREFIX + name) ? PREFIX + name : name;
  }

  #readTransposed({ name, shape, shapeFrom, rows, columns }: WeightSlice, destination: Float32Array): void {
    const [outputs = 0, inputs = 0] = shape;
    const storedRows = columns ?? { start: 0, end: inputs };
    const [numOutputs, numInputs] = [rangeLength(rows), rangeLength(storedRows)];
    const stored = new Float32Array(numInputs * numOutputs);
    const transposed = { shape: [inputs, outputs], ...(shapeFrom && { shapeFrom: shapeFrom.toReversed() }) };
    this.#weights.read({ name, ...transposed, rows: storedRows, columns: rows }, stored);
    for (let output = 0; output < numOutputs; output++) {
      for (let input = 0; input < numInputs; input++) {
        destination[output * numInputs + input] = stored[input * numOutputs + output]!;
      }
    }
  }
}
