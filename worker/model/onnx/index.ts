/** Writes ONNX graphs. Knows the format, not the models: those are in ../graphs. The only user of protobufjs here. */
export {
  type Dim,
  type ElementType,
  float,
  GraphBuilder,
  int,
  type OnnxModel,
} from './graph-builder.js';
