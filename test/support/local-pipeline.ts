import type { CompilationLevel } from '../../src/llm/config/compilation-config.js';
import type { Device } from '../../src/llm/config/device.js';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import type { StageConfig } from '../../src/llm/config/stage-config.js';
import { createExpertParallelConfig, type ExpertParallelOptions } from '../../src/llm/eplb/expert-parallel-config.js';
import type { SampledToken, StepOutput, StepPlan } from '../../src/llm/step-plan.js';
import { LocalTensorParallelGroup, StageRunner, tensorParallelLayout } from '../../worker/model/runner/index.js';
import type { WeightSource } from '../../worker/model/weights/index.js';

export interface PipelineShape {
  readonly tensorParallelSize: number;
  /** Layers of each stage. */
  readonly layersPerStage: readonly number[];
  /** Without it, experts are split as everything else. */
  readonly expertParallel?: Omit<ExpertParallelOptions, 'numRanks'> | undefined;
  /** Default `cpu`. */
  readonly device?: Device;
  readonly compilation?: CompilationLevel;
}

function stageConfigs(
  model: ModelConfig,
  { tensorParallelSize, layersPerStage, expertParallel: experts, device = 'cpu', compilation }: PipelineShape,
): StageConfig[] {
  const expertParallel = experts && createExpertParallelConfig(model, { ...experts, numRanks: tensorParallelSize });
  let firstLayer = 0;
  return layersPerStage.map((numLayers, stage) => {
    const layers = { firstLayer, endLayer: firstLayer + numLayers };
    firstLayer = layers.endLayer;
    return {
      model,
      stage,
      layers,
      tensorParallelSize,
      expertParallel,
      pipelineParallelSize: layersPerStage.length,
      localTensorRanks: Array.from({ length: tensorParallelSize }, (_, rank) => rank),
      device,
      compilation,
      numSlots: 8,
      maxNumBatchedTokens: 128,
      numThreads: 1,
      allowSpinning: false,
    };
  });
}

/** All stages and ranks of a model in this process, each stage's result handed to the next one. */
export class LocalPipeline {
  readonly #stages: readonly StageRunner[];
  readonly #groups: readonly LocalTensorParallelGroup[];
  #lastStepId = 0;

  private constructor(stages: readonly StageRunner[], groups: readonly LocalTensorParallelGroup[]) {
    this.#stages = stages;
    this.#groups = groups;
  }

  static async load(model: ModelConfig, shape: PipelineShape, weights?: WeightSource): Promise<LocalPipeline> {
    const stages: StageRunner[] = [];
    const groups: LocalTensorParallelGroup[] = [];
    for (const config of stageConfigs(model, shape)) {
      const group = new LocalTensorParallelGroup(tensorParallelLayout(config));
      groups.push(group);
      stages.push(await StageRunner.load(config, group, undefined, weights));
    }
    return new LocalPipeline(stages, groups);
  }

  /** Runs one step through all stages; returns the tokens of its answer. */
  execute(step: Partial<StepPlan> & Pick<StepPlan, 'passes'>): readonly SampledToken[] {
    return this.answer(step).sampledTokens;
  }

  /** Runs one step through all stages. */
  answer(step: Partial<StepPlan> & Pick<StepPlan, 'passes'>): StepOutput {
    this.#lastStepId += 1;
    const plan: StepPlan = { stepId: this.#lastStepId, slotMoves: [], slotTrims: [], slotSamplings: [], ...step };
    let hiddenStates: readonly Float32Array[] | undefined;
    for (const stage of this.#stages) {
      const result = stage.execute(plan, hiddenStates);
      if (result.kind === 'output') return result.output;
      hiddenStates = result.kind === 'hidden-states' ? result.passes : undefined;
    }
    throw new Error('No stage answered with tokens.');
  }

  close(): void {
    for (const stage of this.#stages) stage.close();
    for (const group of this.#groups) group.close();
  }
}
