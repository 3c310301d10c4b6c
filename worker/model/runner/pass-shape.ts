import type { Pass } from '../../../src/llm/step-plan.js';

/** What of a pass decides its tensors' addresses and dims: passes of equal shape share their bindings. */
export interface PassShape {
  readonly firstSlot: number;
  readonly numRows: number;
  readonly tokensPerRow: number;
  /** Where in the residual stream and the partial sums the first row begins, in tokens. Default 0. */
  readonly firstToken?: number;
}

export const passShapeKey = ({ firstSlot, numRows, tokensPerRow, firstToken = 0 }: PassShape): string =>
  `${firstSlot}+${numRows}x${tokensPerRow}@${firstToken}`;

export const numTokensOf = ({ numRows, tokensPerRow }: Pass): number => numRows * tokensPerRow;
