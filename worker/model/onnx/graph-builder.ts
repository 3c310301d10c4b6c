import { invariant } from '../../../src/core/index.js';
import { attributeTypes, EXTERNAL_LOCATION, elementTypes, externalDataOf, modelProto } from './onnx-schema.js';

export type ElementType = keyof typeof elementTypes;

/** A fixed size, or the name of one that is known only when the graph runs. */
export type Dim = number | string;

/** ONNX tells integers from floats by the attribute's type, JavaScript doesn't: each is tagged. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string };

export const int = (value: number): Attribute => ({ type: 'int', value });
export const float = (value: number): Attribute => ({ type: 'float', value });
export const text = (value: string): Attribute => ({ type: 'string', value });

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Names of the outputs; default one name that is made up. */
  readonly outputs?: readonly string[];
  /** `com.microsoft` for ONNX Runtime's own operators; default ONNX's. */
  readonly domain?: string;
}

/** Values of a constant tensor; the array's kind is the tensor's element type. */
export type InitializerData = Float32Array | Uint8Array | Int8Array;

const initializerTypes = { Float32Array: 'float32', Uint8Array: 'uint8', Int8Array: 'int8' } as const;

function elementTypeOf(data: InitializerData): ElementType {
  return initializerTypes[data[Symbol.toStringTag]];
}

/** An encoded graph and the large initializers that it names by path. */
export interface OnnxModel {
  /** A ModelProto. */
  readonly bytes: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: InitializerData }[];
}

/** ONNX Runtime's version of the format, and the operator sets that the graphs are written against. */
const IR_VERSION = 9;
const OPSETS = [
  { domain: '', version: 18 },
  { domain: 'com.microsoft', version: 1 },
];

/** Initializers up to this size lie in the graph: constant folding reads them, and copying them costs nothing. */
export const MAX_INLINE_BYTES = 1024;

function encodeAttribute([name, attribute]: readonly [string, Attribute]): object {
  const type = attributeTypes[attribute.type];
  switch (attribute.type) {
    case 'int':
      return { name, type, i: attribute.value };
    case 'float':
      return { name, type, f: attribute.value };
    case 'string':
      return { name, type, s: new TextEncoder().encode(attribute.value) };
  }
}

function encodeValueInfo(name: string, type: ElementType, dims: readonly Dim[]): object {
  const dim = dims.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

/**
 * Writes one ONNX graph, node by node, in the order in which they run. Values are known by their names: every method
 * that makes a value returns its name, for later nodes to use. An input name of '' leaves an optional input out.
 */
export class GraphBuilder {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  readonly #externalData: { readonly path: string; readonly data: InitializerData }[] = [];
  readonly #names = new Set<string>();

  input(name: string, type: ElementType, dims: readonly Dim[]): string {
    this.#inputs.push(encodeValueInfo(this.#define(name), type, dims));
    return name;
  }

  /** Declares that the graph returns the value `name`, which some node makes. */
  output(name: string, type: ElementType, dims: readonly Dim[]): void {
    this.#outputs.push(encodeValueInfo(name, type, dims));
  }

  /** A constant tensor. Large `data` is not copied: it must keep its contents until the session is created. */
  initializer(name: string, data: InitializerData, dims: readonly number[]): string {
    const numValues = dims.reduce((product, dim) => product * dim, 1);
    invariant(
      numValues === data.length,
      `initializer ${name} of [${dims}] has ${numValues} values, not ${data.length}`,
    );
    const tensor = { name: this.#define(name), data_type: elementTypes[elementTypeOf(data)], dims };
    this.#initializers.push({ ...tensor, ...this.#store(name, data) });
    return name;
  }

  /** A constant int64 scalar. */
  integer(name: string, value: number): string {
    const raw_data = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    this.#initializers.push({ name: this.#define(name), data_type: elementTypes.int64, dims: [], raw_data });
    return name;
  }

  /** A constant int64 tensor of one dim. */
  integers(name: string, values: readonly number[]): string {
    const raw_data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    const dims = [values.length];
    this.#initializers.push({ name: this.#define(name), data_type: elementTypes.int64, dims, raw_data });
    return name;
  }

  /** Adds an operator and returns the name of its first output. */
  node(operator: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const { attributes = {}, domain = '', outputs = [`${operator}_${this.#nodes.length}`] } = options;
    for (const name of outputs) this.#define(name);
    this.#nodes.push({
      op_type: operator,
      name: `${operator}_${this.#nodes.length}`,
      input: inputs,
      output: outputs,
      domain,
      attribute: Object.entries(attributes).map(encodeAttribute),
    });
    return outputs[0]!;
  }

  build(): OnnxModel {
    const graph = {
      name: 'graph',
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs,
      output: this.#outputs,
    };
    const model = { ir_version: IR_VERSION, producer_name: 'ray-ts', opset_import: OPSETS, graph };
    return { bytes: modelProto.encode(modelProto.fromObject(model)).finish(), externalData: this.#externalData };
  }

  #define(name: string): string {
    invariant(!this.#names.has(name), `the graph has one value named ${name}`);
    this.#names.add(name);
    return name;
  }

  #store(name: string, data: InitializerData): object {
    if (data.byteLength <= MAX_INLINE_BYTES) {
      return { raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    }
    this.#externalData.push({ path: name, data });
    return { data_location: EXTERNAL_LOCATION, external_data: externalDataOf(name, data.byteLength) };
  }
}
