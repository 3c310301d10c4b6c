import { hostname } from 'node:os';
import { InvalidArgumentError } from '../../core/index.js';
import type { LayerRange, StageConfig } from '../config/stage-config.js';

/** What a worker answers to `describe`. */
export interface WorkerDescription {
  readonly rank: number;
  readonly stage: number;
  readonly tensorRank: number;
  readonly hostname: string;
  readonly pid: number;
  /** The first layer of its stage and the one after the last. */
  readonly layers: LayerRange;
}

/** A class whose methods are added to those of every worker; it is never constructed. */
export type WorkerExtension = new (...args: never[]) => object;

/** A rank as `collectiveRpc` sees it: the methods that it calls, and `this` in those of an extension. */
export class RankWorker {
  readonly rank: number;
  readonly stage: number;
  readonly tensorRank: number;
  /** Of its stage. */
  readonly layers: LayerRange;

  constructor(rank: number, tensorRank: number, { stage, layers }: StageConfig) {
    this.rank = rank;
    this.stage = stage;
    this.tensorRank = tensorRank;
    this.layers = layers;
  }

  describe(): WorkerDescription {
    const { rank, stage, tensorRank, layers } = this;
    return { rank, stage, tensorRank, hostname: hostname(), pid: process.pid, layers };
  }

  /** Answers, which a process that hangs does not. */
  checkHealth(): true {
    return true;
  }

  /** Bytes of the worker's process, as `process.memoryUsage()`: ranks of one process answer the same. */
  memoryStats(): NodeJS.MemoryUsage {
    return { ...process.memoryUsage() };
  }
}

const methodsOf = (definition: WorkerExtension): string[] =>
  Object.getOwnPropertyNames(definition.prototype as object).filter((name) => name !== 'constructor');

/**
 * Adds the methods of an extension to a worker.
 * @throws {InvalidArgumentError} for one that the worker has itself.
 */
export function extendWorker(worker: RankWorker, extension: WorkerExtension): void {
  for (const name of methodsOf(extension)) {
    if (name in worker) {
      throw new InvalidArgumentError(
        `The worker already has an attribute '${name}', which conflicts with the worker extension class ${extension.name}. Give the method another name.`,
      );
    }
    const prototype = extension.prototype as object;
    Object.defineProperty(worker, name, Object.getOwnPropertyDescriptor(prototype, name)!);
  }
}

/** The names that `collectiveRpc` may call. */
export function workerMethodsOf(extension: WorkerExtension | undefined): string[] {
  return [...methodsOf(RankWorker), ...(extension === undefined ? [] : methodsOf(extension))];
}
