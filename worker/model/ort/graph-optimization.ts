import type { OrtApi } from './ort-api.js';
import type { OrtPointer } from './table-binder.js';

/** Which rewritings of a graph ONNX Runtime makes before it computes; each has those before it. */
export type GraphOptimization = 'none' | 'basic' | 'extended' | 'all';

/** ONNX Runtime's `GraphOptimizationLevel`. */
const levels: Readonly<Record<GraphOptimization, number>> = { none: 0, basic: 1, extended: 2, all: 99 };

export function setGraphOptimization(api: OrtApi, options: OrtPointer, optimization: GraphOptimization): void {
  api.setSessionGraphOptimizationLevel(options, levels[optimization]);
}
