/** Writes ONNX graphs. Knows the format, not the models: those are in ../graphs. The only user of protobufjs here. */
export {
  type Attribute,
  type Dim,
  type ElementType,
  float,
  GraphBuilder,
  int,
  MAX_INLINE_BYTES,
  type OnnxModel,
  text,
} from './graph-builder.js';
export { reattachWeights } from './reattach-weights.js';
