import type { OnnxModel } from './graph-builder.js';
import { elementTypes, externalDataOf, modelProto } from './onnx-schema.js';

interface Initializer {
  readonly name: string;
  readonly dims: readonly unknown[];
  readonly data_type: number;
  /** Empty where the values lie outside. */
  readonly raw_data: Uint8Array;
  external_data: { readonly key: string; readonly value: string }[];
}

interface Model {
  readonly graph: { readonly initializer: Initializer[] };
}

const decode = (bytes: Uint8Array): Model => modelProto.decode(bytes) as unknown as Model;

const isExternal = ({ external_data: entries }: Initializer): boolean => entries.length > 0;

function isSame(left: Initializer, right: Initializer | undefined): boolean {
  return (
    right !== undefined &&
    left.data_type === right.data_type &&
    String(left.dims) === String(right.dims) &&
    isExternal(left) === isExternal(right) &&
    Buffer.from(left.raw_data).equals(Buffer.from(right.raw_data))
  );
}

/**
 * Has a graph that was optimized and saved refer to its large initializers as the graph that it was made of does, so that
 * it can be loaded with any weights of the same shapes.
 * @returns the encoded graph; undefined where it holds values that may have been computed from weights. All weights are
 * floats or bytes: what was computed in integers comes from shapes.
 */
export function reattachWeights(saved: Uint8Array, { bytes, externalData }: OnnxModel): Uint8Array | undefined {
  const originals = new Map(decode(bytes).graph.initializer.map((tensor) => [tensor.name, tensor]));
  const byteLengths = new Map(externalData.map(({ path, data }) => [path, data.byteLength]));
  const model = decode(saved);
  for (const tensor of model.graph.initializer) {
    const isOriginal = isSame(tensor, originals.get(tensor.name));
    if (!isOriginal && (isExternal(tensor) || tensor.data_type !== elementTypes.int64)) return undefined;
    if (isExternal(tensor)) tensor.external_data = externalDataOf(tensor.name, byteLengths.get(tensor.name)!);
  }
  return modelProto.encode(model as unknown as Record<string, unknown>).finish();
}
