import type { Pass } from '../../../src/llm/step-plan.js';

/** What of a pass decides its tensors' addresses and dims: passes of equal shape share their bindings. */
export interface PassShape {
  readonly firstSlot: number;
  readonly numRows: number;
  readonly tokensPerRow: number;
}

export const passShapeKey = ({ firstSlot, numRows, tokensPerRow }: PassShape): string =>
  `${firstSlot}+${numRows}x${tokensPerRow}`;

export const numTokensOf = ({ numRows, tokensPerRow }: Pass): number => numRows * tokensPerRow;
