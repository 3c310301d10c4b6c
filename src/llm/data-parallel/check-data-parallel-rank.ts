import { InvalidArgumentError } from '../../core/index.js';

/** @throws {InvalidArgumentError} for a rank that no engine core has. */
export function checkDataParallelRank(rank: number | undefined, numReplicas: number): void {
  if (rank === undefined || (Number.isInteger(rank) && rank >= 0 && rank < numReplicas)) return;
  throw new InvalidArgumentError(`data_parallel_rank ${rank} is out of range [0, ${numReplicas}).`);
}
