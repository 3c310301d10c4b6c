import { InvalidArgumentError } from '../../core/index.js';
import { nearestName } from '../config/nearest-name.js';
import { rankOfPlace } from '../config/parallel-config.js';
import type { StageConfig } from '../config/stage-config.js';
import { loadWorkerExtension } from './load-worker-extension.js';
import { extendWorker, RankWorker, workerMethodsOf } from './rank-worker.js';

const workersOf = (stage: StageConfig): RankWorker[] =>
  stage.localTensorRanks.map((tensorRank) => {
    const rank = rankOfPlace({ stage: stage.stage, tensorRank }, stage.tensorParallelSize);
    return new RankWorker(rank, tensorRank, stage);
  });

/** The workers of a process, whose methods are called by name. */
export class WorkerMethods {
  /** In rank order. */
  readonly #workers: readonly RankWorker[];
  readonly #names: readonly string[];

  private constructor(workers: readonly RankWorker[], names: readonly string[]) {
    this.#workers = workers;
    this.#names = names;
  }

  /**
   * @param stages whose local ranks are the workers. @param extensionClass `path/to/file.ts:ClassName`, or empty.
   * @throws {InvalidArgumentError} when the extension can't be loaded, or has a method that workers have.
   */
  static async create(stages: readonly StageConfig[], extensionClass: string): Promise<WorkerMethods> {
    const extension = await loadWorkerExtension(extensionClass);
    const workers = stages.flatMap(workersOf);
    if (extension !== undefined) for (const worker of workers) extendWorker(worker, extension);
    return new WorkerMethods(workers, workerMethodsOf(extension));
  }

  /**
   * Calls a method on every worker; answers in rank order.
   * @throws {InvalidArgumentError} when workers have no such method. @throws what the first failing one does.
   */
  async call(method: string, args: readonly unknown[]): Promise<unknown[]> {
    if (!this.#names.includes(method)) {
      const nearest = nearestName(method, this.#names);
      const hint = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
      throw new InvalidArgumentError(
        `Workers have no method '${method}'.${hint} They have: ${this.#names.join(', ')}.`,
      );
    }
    return Promise.all(
      this.#workers.map(async (worker) => {
        const methods = worker as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
        return methods[method]!(...args);
      }),
    );
  }
}
