import type { TensorParallelGroup } from '../../../src/channel/tensor-parallel-group.js';
import { invariant } from '../../../src/core/index.js';
import type { ModelConfig } from '../../../src/llm/config/model-config.js';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import type { Pass, PromptLogprobs, SampledToken, StepOutput, StepPlan } from '../../../src/llm/step-plan.js';
import { openOrtEnvironment, trimNativeHeap } from '../ort/index.js';
import { SafetensorsWeightSource, vocabularyWidth, type WeightSource } from '../weights/index.js';
import { checkStepPlan } from './check-step-plan.js';
import { chooseExecutionProvider } from './choose-execution-provider.js';
import { ExpertBalancing } from './expert-balancing.js';
import { HiddenStatesOutput } from './hidden-states-output.js';
import { loadRanks, type OnProgress } from './load-ranks.js';
import type { LoadedCut } from './pass-binding.js';
import type { Turn } from './pass-buffers.js';
import { numTokensOf } from './pass-shape.js';
import type { RankModel } from './rank-model.js';
import { RotaryMemory } from './rotary-memory.js';
import type { StageResult } from './stage-result.js';
import { TokenOutput } from './token-output.js';

const FLOAT_BYTES = 4;

/** What this process does with the result of a pass; the tags are those of {@link StageResult}. */
type OutputRole =
  | { readonly kind: 'hidden-states'; readonly arrays: HiddenStatesOutput }
  | { readonly kind: 'output'; readonly tokens: TokenOutput }
  | { readonly kind: 'none' };

function createOutputRole(config: StageConfig, group: TensorParallelGroup): OutputRole {
  if (config.stage < config.pipelineParallelSize - 1)
    return { kind: 'hidden-states', arrays: new HiddenStatesOutput() };
  if (!config.localTensorRanks.includes(0)) return { kind: 'none' };
  return { kind: 'output', tokens: new TokenOutput(config, group) };
}

function checkStageConfig(
  { layers, localTensorRanks, tensorParallelSize }: StageConfig,
  group: TensorParallelGroup,
): void {
  invariant(layers.endLayer > layers.firstLayer, 'a stage has at least one layer');
  invariant(localTensorRanks.length > 0, 'a process runs at least one tensor-parallel rank');
  invariant(
    group.size === tensorParallelSize,
    `the group of ${group.size} ranks has the stage's ${tensorParallelSize}`,
  );
}

/** @param given not to be closed; without it the safetensors of the model's folder. */
function readWeights(
  { modelPath }: ModelConfig,
  given: WeightSource | undefined,
  read: (weights: WeightSource) => void,
): void {
  const source = given ?? SafetensorsWeightSource.open(modelPath);
  try {
    read(source);
  } finally {
    if (given === undefined) source.close();
  }
}

/**
 * One pipeline stage, as far as this process computes it: the tensor-parallel ranks of it that are local, in lockstep with
 * those of other processes. Calls block the thread; the owner makes them one after the other.
 *
 * **Why one barrier after every cut is enough.** A rank leaves barrier k only when all ranks have finished cut k. So a
 * cut reads partial sums that are complete, and writes the other buffer, which the ranks that are still behind no longer
 * read: their reads of it were in cut k. The last cut of a pass is followed by a barrier as well, so the next pass may
 * start with either buffer. Logits are read by rank 0 after the barrier that follows the head. The next head overwrites
 * them no sooner than after the barriers of its pass's earlier cuts, of which there is at least one per layer, and rank 0
 * reaches those only when it has sampled. Where the ranks are on several hosts, "all ranks" are those of one host, and the
 * ranks elsewhere are played by those of this host that take their slots in, see SpanningTensorParallelGroup.
 */
export class StageRunner {
  readonly #config: StageConfig;
  readonly #group: TensorParallelGroup;
  readonly #rotary: RotaryMemory;
  readonly #ranks: readonly RankModel[];
  readonly #role: OutputRole;
  readonly #balancing: ExpertBalancing | undefined;

  private constructor(
    config: StageConfig,
    group: TensorParallelGroup,
    rotary: RotaryMemory,
    ranks: readonly RankModel[],
    weights: WeightSource | undefined,
  ) {
    this.#config = config;
    this.#group = group;
    this.#rotary = rotary;
    this.#ranks = ranks;
    this.#role = createOutputRole(config, group);
    const withWeights = (read: (source: WeightSource) => void) => readWeights(config.model, weights, read);
    this.#balancing = ExpertBalancing.create({ config, ranks, withWeights });
  }

  /**
   * Loads the stage's weights and graphs, yielding to the event loop between layers.
   * @param group - where the ranks meet, with the sizes of `tensorParallelLayout`; stays the caller's to close, after this.
   * @param onProgress - called after every layer.
   * @param weights - default the safetensors of the model's folder; one that is passed stays the caller's to close, after this.
   * @throws {ModelLoadError} when weights are missing or damaged, the architecture is unknown, or the model can't be split.
   */
  static async load(
    config: StageConfig,
    group: TensorParallelGroup,
    onProgress: OnProgress = () => undefined,
    weights?: WeightSource,
  ): Promise<StageRunner> {
    checkStageConfig(config, group);
    const provider = chooseExecutionProvider(config.device ?? 'cpu');
    const environment = openOrtEnvironment(config);
    const source = weights ?? SafetensorsWeightSource.open(config.model.modelPath);
    const rotary = new RotaryMemory(config.model);
    try {
      const threadPool = weights === undefined ? config : undefined;
      const { compilation } = config;
      const shared = { environment, provider, compilation, weights: source, group, rotary, threadPool };
      const ranks = await loadRanks(config, shared, onProgress);
      return new StageRunner(config, group, rotary, ranks, weights);
    } catch (error) {
      rotary.close();
      throw error;
    } finally {
      if (weights === undefined) source.close();
    }
  }

  /**
   * Computes one step: slot moves first, then sampling parameters, then the passes in their order.
   * @param hiddenStates - the previous stage's result for every pass; undefined on the first stage.
   * @throws {InternalError} when the plan reaches outside the stage's memory; nothing was computed then.
   * @throws {ChannelClosedError} when another rank of the stage is gone.
   */
  execute(plan: StepPlan, hiddenStates: readonly Float32Array[] | undefined): StageResult {
    checkStepPlan(plan, hiddenStates, this.#config);
    this.#applySlots(plan);
    const result = this.#computePasses(plan, hiddenStates);
    this.#balancing?.endStep();
    return result;
  }

  /** Releases graphs and memory. The group stays open. */
  close(): void {
    for (const rank of this.#ranks) rank.close();
    this.#rotary.close();
    trimNativeHeap();
  }

  #computePasses(plan: StepPlan, hiddenStates: readonly Float32Array[] | undefined): StageResult {
    const role = this.#role;
    switch (role.kind) {
      case 'hidden-states': {
        const passes = plan.passes.map((pass, index) =>
          role.arrays.keep(index, this.#compute(pass, hiddenStates?.[index])),
        );
        return { kind: 'hidden-states', passes };
      }
      case 'output':
        return { kind: 'output', output: this.#answer(plan, hiddenStates, role.tokens) };
      case 'none':
        for (const [index, pass] of plan.passes.entries()) {
          this.#compute(pass, hiddenStates?.[index]);
          this.#reportPrompt(pass, undefined);
        }
        return { kind: 'none' };
    }
  }

  #applySlots(plan: StepPlan): void {
    const samplings = this.#role.kind === 'output' ? this.#role.tokens.samplings : undefined;
    for (const move of plan.slotMoves) {
      for (const rank of this.#ranks) rank.moveSlot(move);
      samplings?.move(move);
    }
    for (const trim of plan.slotTrims) {
      for (const rank of this.#ranks) rank.trimSlot(trim);
    }
    for (const sampling of plan.slotSamplings) samplings?.set(sampling);
  }

  #answer(plan: StepPlan, hiddenStates: readonly Float32Array[] | undefined, tokens: TokenOutput): StepOutput {
    const sampledTokens: SampledToken[] = [];
    const promptLogprobs: PromptLogprobs[] = [];
    for (const [index, pass] of plan.passes.entries()) {
      this.#compute(pass, hiddenStates?.[index]);
      sampledTokens.push(...tokens.sampleRows(pass, plan.grammarBitmasks));
      promptLogprobs.push(...this.#reportPrompt(pass, tokens));
    }
    const { stepId } = plan;
    return promptLogprobs.length === 0 ? { stepId, sampledTokens } : { stepId, sampledTokens, promptLogprobs };
  }

  /**
   * Has all ranks compute the logits of the positions that the pass reports on, as many at once as there is room for. They
   * meet before each batch, since rank 0 has to be through with the logits before, and after it.
   * @param tokens undefined in processes that don't answer.
   */
  #reportPrompt({ firstSlot, promptLogprobs: spec }: Pass, tokens: TokenOutput | undefined): PromptLogprobs[] {
    if (spec === undefined) return [];
    const report = tokens?.startPromptReport(firstSlot, spec);
    const numPositions = spec.targetTokenIds.length;
    for (let start = 0; start < numPositions; start += this.#config.numSlots) {
      const numRows = Math.min(this.#config.numSlots, numPositions - start);
      this.#group.barrier();
      for (const rank of this.#ranks) rank.runHead(spec.firstToken + start, numRows);
      this.#group.exchangeLogits(this.#logitsBytes(numRows));
      report?.addRows(numRows);
    }
    return report === undefined ? [] : [report.finish()];
  }

  /** Runs a pass's cuts on all local ranks. Returns the residual stream after the last one, until the next pass. */
  #compute(pass: Pass, hiddenStates: Float32Array | undefined): Float32Array {
    const isSampled = pass.sampledRows.includes(1);
    const bindings = this.#ranks.map((rank) => rank.beginPass(pass, hiddenStates));
    const [first] = this.#ranks;
    for (const [cutIndex, cut] of first!.cuts.entries()) {
      if (cut.runsIn === 'sampled-passes' && !isSampled) continue;
      for (const [index, rank] of this.#ranks.entries()) rank.runCut(cutIndex, bindings[index]!);
      this.#exchange(cut, pass, bindings[0]!.writtenSums(cutIndex));
    }
    this.#balancing?.endPass();
    return first!.readHiddenStates(pass, bindings[0]!);
  }

  /** Brings what the ranks wrote in a cut to those that read it, and has all meet in any case. */
  #exchange({ runsIn }: LoadedCut, pass: Pass, writtenSums: Turn | undefined): void {
    if (runsIn === 'sampled-passes') this.#group.exchangeLogits(this.#logitsBytes(pass.numRows));
    else if (writtenSums === undefined) this.#group.barrier();
    else {
      const numValues = numTokensOf(pass) * this.#config.model.hiddenSize;
      this.#group.exchangePartialSums(writtenSums, numValues * FLOAT_BYTES);
    }
  }

  #logitsBytes(numRows: number): number {
    const { model, tensorParallelSize } = this.#config;
    return numRows * vocabularyWidth(model.vocabSize, tensorParallelSize) * FLOAT_BYTES;
  }
}
