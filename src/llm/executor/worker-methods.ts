import { InvalidArgumentError } from '../../core/index.js';
import { nearestName } from '../config/nearest-name.js';
import { rankOfPlace } from '../config/parallel-config.js';
import type { StageConfig } from '../config/stage-config.js';

/** What a worker answers to `describe`. */
export interface WorkerDescription {
  readonly rank: number;
  readonly stage: number;
  readonly tensorRank: number;
  readonly pid: number;
  /** The first layer of its stage and the one after the last. */
  readonly layers: StageConfig['layers'];
}

/** A rank as its methods see it. */
interface WorkerPlace {
  readonly rank: number;
  readonly tensorRank: number;
  readonly stage: StageConfig;
}

type WorkerMethod = (place: WorkerPlace) => unknown;

const workerMethods: Readonly<Record<string, WorkerMethod>> = {
  describe: ({ rank, tensorRank, stage }): WorkerDescription => ({
    rank,
    stage: stage.stage,
    tensorRank,
    pid: process.pid,
    layers: stage.layers,
  }),
  /** Answers, which a process that hangs does not. */
  checkHealth: () => true,
  /** Bytes of the worker's process, as `process.memoryUsage()`: ranks of one process answer the same. */
  memoryStats: () => ({ ...process.memoryUsage() }),
};

const placesOf = (stage: StageConfig): WorkerPlace[] =>
  stage.localTensorRanks.map((tensorRank) => ({
    rank: rankOfPlace({ stage: stage.stage, tensorRank }, stage.tensorParallelSize),
    tensorRank,
    stage,
  }));

/**
 * Runs a method on every rank of this process, in the order of the ranks.
 * @throws {InvalidArgumentError} when workers have no such method, or for arguments: none of them takes any.
 */
export function callWorkers(stages: readonly StageConfig[], method: string, args: readonly unknown[]): unknown[] {
  const names = Object.keys(workerMethods);
  if (!Object.hasOwn(workerMethods, method)) {
    const nearest = nearestName(method, names);
    const hint = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
    throw new InvalidArgumentError(`Workers have no method '${method}'.${hint} They have: ${names.join(', ')}.`);
  }
  if (args.length > 0) throw new InvalidArgumentError(`The worker method '${method}' takes no arguments.`);
  return stages.flatMap(placesOf).map((place) => workerMethods[method]!(place));
}
