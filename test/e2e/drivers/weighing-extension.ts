import type { RankWorker } from 'ray-ts/llm';

/** Methods that the workers of a test get besides their own. */
export class WeighingExtension {
  declare numCalls: number;

  numLayers(this: RankWorker): number {
    return this.layers.endLayer - this.layers.firstLayer;
  }

  async countCalls(by: number): Promise<number> {
    this.numCalls = (this.numCalls ?? 0) + by;
    return this.numCalls;
  }

  fail(this: RankWorker): void {
    if (this.rank === 1) throw new Error('rank 1 has no scales');
  }
}

/** One of its methods is a worker's own. */
export class ClashingExtension {
  describe(): string {
    return 'a clash';
  }
}
