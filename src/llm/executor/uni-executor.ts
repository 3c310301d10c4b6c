import type { TensorParallelGroup } from '../../channel/tensor-parallel-group.js';
import { invariant } from '../../core/index.js';
import { rankOfPlace } from '../config/parallel-config.js';
import type { StageConfig } from '../config/stage-config.js';
import type { StepOutput, StepPlan } from '../step-plan.js';
import type { Executor } from './executor.js';
import type { UniExecutorConfig } from './executor-config.js';
import type { LoadProgress } from './executor-launcher.js';
import { importRunner, importWeights, type StageRunner } from './stage-runner-module.js';

/** A stage and the memory that its tensor ranks meet in; the runner is closed first. */
interface LoadedStage {
  readonly runner: StageRunner;
  readonly group: TensorParallelGroup;
}

function closeStages(stages: readonly LoadedStage[]): void {
  for (const { runner, group } of stages) {
    runner.close();
    group.close();
  }
}

async function loadStage(
  config: StageConfig,
  randomWeightsSeed: number | undefined,
  onProgress: (fraction: number, what: string) => void,
): Promise<LoadedStage> {
  const { LocalTensorParallelGroup, StageRunner, tensorParallelLayout } = await importRunner();
  const group = new LocalTensorParallelGroup(tensorParallelLayout(config));
  try {
    const weights =
      randomWeightsSeed === undefined ? undefined : new (await importWeights()).RandomWeightSource(randomWeightsSeed);
    return { runner: await StageRunner.load(config, group, onProgress, weights), group };
  } catch (error) {
    group.close();
    throw error;
  }
}

/**
 * Every rank of every stage in the calling thread, one after the other. A plan is computed when it is submitted; answers
 * are kept until they are collected, so that the engine core sees the same pipeline as with ranks elsewhere.
 */
export class UniExecutor implements Executor {
  readonly maxConcurrentBatches: number;
  readonly #stages: readonly LoadedStage[];
  readonly #outputs: StepOutput[] = [];

  private constructor(stages: readonly LoadedStage[]) {
    this.maxConcurrentBatches = stages.length;
    this.#stages = stages;
  }

  /** @throws {ModelLoadError} when weights are missing or damaged. */
  static async load(config: UniExecutorConfig, onProgress: (progress: LoadProgress) => void): Promise<UniExecutor> {
    const stages: LoadedStage[] = [];
    try {
      for (const stage of config.stages) {
        const rank = rankOfPlace({ stage: stage.stage, tensorRank: 0 }, stage.tensorParallelSize);
        const report = (fraction: number, phase: string) => onProgress({ rank, phase, fraction });
        stages.push(await loadStage(stage, config.randomWeightsSeed, report));
      }
      return new UniExecutor(stages);
    } catch (error) {
      closeStages(stages);
      throw error;
    }
  }

  submit(plan: StepPlan): void {
    let hiddenStates: readonly Float32Array[] | undefined;
    for (const { runner } of this.#stages) {
      const result = runner.execute(plan, hiddenStates);
      if (result.kind === 'output') this.#outputs.push(result.output);
      hiddenStates = result.kind === 'hidden-states' ? result.passes : undefined;
    }
  }

  collect(): StepOutput {
    const output = this.#outputs.shift();
    invariant(output !== undefined, 'a plan was submitted before its answer is collected');
    return output;
  }

  shutdown(): void {
    closeStages(this.#stages);
  }
}
