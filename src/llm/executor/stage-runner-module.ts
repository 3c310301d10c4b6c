import type { TensorParallelGroup, TensorParallelLayout } from '../../channel/tensor-parallel-group.js';
import type { StageConfig } from '../config/stage-config.js';
import type { StepOutput, StepPlan } from '../step-plan.js';

/** What one process answers to a plan; see worker/model/runner/stage-result.ts. */
export type StageResult =
  | { readonly kind: 'hidden-states'; readonly passes: readonly Float32Array[] }
  | { readonly kind: 'output'; readonly output: StepOutput }
  | { readonly kind: 'none' };

/** One pipeline stage that is loaded; see worker/model/runner/stage-runner.ts. */
export interface StageRunner {
  execute(plan: StepPlan, hiddenStates: readonly Float32Array[] | undefined): StageResult;
  close(): void;
}

interface Closable {
  close(): void;
}

/** The doors of the model worker, as far as this process uses them. */
interface RunnerModule {
  readonly StageRunner: {
    load(
      config: StageConfig,
      group: TensorParallelGroup,
      onProgress: (fraction: number, what: string) => void,
      weights: Closable | undefined,
    ): Promise<StageRunner>;
  };
  readonly LocalTensorParallelGroup: new (layout: TensorParallelLayout) => TensorParallelGroup;
  readonly tensorParallelLayout: (config: StageConfig) => TensorParallelLayout;
}

interface WeightsModule {
  readonly RandomWeightSource: new (seed: number) => Closable;
  /** `open` reads the headers of a folder's files. @throws {ModelLoadError} when one is missing or damaged. */
  readonly SafetensorsWeightSource: { open(folder: string): Closable };
}

/** The model worker is reached by path alone, so that a driver that uses remote ranks never loads ONNX Runtime. */
const RUNNER_MODULE = '../../../worker/model/runner/index.js';
const WEIGHTS_MODULE = '../../../worker/model/weights/index.js';

export async function importRunner(): Promise<RunnerModule> {
  return (await import(RUNNER_MODULE)) as RunnerModule;
}

export async function importWeights(): Promise<WeightsModule> {
  return (await import(WEIGHTS_MODULE)) as WeightsModule;
}
