/** Reads a checkpoint's tensors as float32, only the parts that a tensor-parallel rank holds. Knows no model. */
export { RandomWeightSource } from './random-weight-source.js';
export { SafetensorsWeightSource } from './safetensors-weight-source.js';
export {
  evenSlice,
  keyValueHeadSlice,
  type Range,
  rangeLength,
  scaleRange,
  type TensorRank,
  vocabularySlice,
  vocabularyWidth,
} from './tensor-parallel-slice.js';
export type { WeightSlice, WeightSource } from './weight-source.js';
