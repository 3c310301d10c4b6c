import type { LogitConstraints } from '../../../src/llm/step-plan.js';

/** The tokens of one sequence, as far as constraints look back at them. */
export class TokenHistory {
  readonly outputTokenIds: number[] = [];
  /** How often each token is in the output. */
  readonly outputCounts = new Map<number, number>();
  /** In the prompt or in the output. */
  readonly seenTokenIds: Set<number>;

  constructor({ promptTokenIds, outputTokenIds }: Pick<LogitConstraints, 'promptTokenIds' | 'outputTokenIds'>) {
    this.seenTokenIds = new Set(promptTokenIds);
    for (const tokenId of outputTokenIds) this.append(tokenId);
  }

  append(tokenId: number): void {
    this.outputTokenIds.push(tokenId);
    this.outputCounts.set(tokenId, (this.outputCounts.get(tokenId) ?? 0) + 1);
    this.seenTokenIds.add(tokenId);
  }
}
