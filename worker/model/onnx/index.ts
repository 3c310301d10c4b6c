/** Writes ONNX graphs. Knows the format, not the models: those are in ../graphs. The only user of protobufjs here. */
export {
  type Attribute,
  type Dim,
  type ElementType,
  float,
  GraphBuilder,
  int,
  type OnnxModel,
  text,
} from './graph-builder.js';
