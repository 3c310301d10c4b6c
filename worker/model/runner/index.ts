/**
 * Runs one pipeline stage of a model: {@link StageRunner} takes step plans and answers hidden states or tokens. It binds
 * the graphs of ../graphs to memory and has the tensor-parallel ranks meet; it knows no channels and no processes.
 */
export { type LoadThreadData, type LoadThreadMessage, loadCutsOfTurn } from './load-turns.js';
export { LocalTensorParallelGroup } from './local-tensor-parallel-group.js';
export type { StageResult } from './stage-result.js';
export { StageRunner } from './stage-runner.js';
export { tensorParallelLayout } from './tensor-parallel-layout.js';
