/**
 * Builds the graphs that a rank runs, of every supported architecture. Knows shapes and weights; knows nothing of memory,
 * ranks that meet, or ONNX Runtime: ../runner binds what {@link PassValue} names.
 */
export type { CutContext, CutRecipe, StageShard } from './architecture.js';
export { rebuildMlpCut, requireArchitecture } from './architecture-registry.js';
export type { Cut, CutPort, PassValue, RotaryLayers } from './cut.js';
export { ropeTables } from './rope/rope-tables.js';
