import type { StepOutput } from '../../../src/llm/step-plan.js';

/**
 * What a process answers to a step plan.
 *
 * | kind          | from                                                          |
 * |---------------|---------------------------------------------------------------|
 * | hidden-states | a stage that is not the last                                  |
 * | output        | the process of the last stage that runs tensor-parallel rank 0 |
 * | none          | the last stage's other processes                              |
 */
export type StageResult =
  /** Per pass float32 [numRows × tokensPerRow, hiddenSize]; overwritten by the next step. */
  | { readonly kind: 'hidden-states'; readonly passes: readonly Float32Array[] }
  | { readonly kind: 'output'; readonly output: StepOutput }
  | { readonly kind: 'none' };
