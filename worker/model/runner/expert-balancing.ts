import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import { ExpertLoadWindow } from '../../../src/llm/eplb/expert-load-window.js';
import type { ExpertBalancingConfig } from '../../../src/llm/eplb/expert-parallel-config.js';
import type { LayerPlacement } from '../../../src/llm/eplb/expert-placement.js';
import { type LayerLoad, planExpertMoves } from '../../../src/llm/eplb/plan-expert-moves.js';
import type { WeightSource } from '../weights/index.js';
import type { RankModel } from './rank-model.js';

export interface ExpertBalancingOptions {
  readonly config: StageConfig;
  /** The process's ranks. */
  readonly ranks: readonly Pick<RankModel, 'addExpertCounts' | 'moveExperts'>[];
  /** Runs `read` with the model's weights. */
  readonly withWeights: (read: (weights: WeightSource) => void) => void;
}

/**
 * Counts what a stage's experts have to do, and every so many steps places them by it (EPLB). All ranks of the stage count
 * the same, since their routers agree and they compute the same steps: they decide alike, and at the same step.
 */
export class ExpertBalancing {
  readonly #options: ExpertBalancingOptions;
  readonly #balancing: ExpertBalancingConfig;
  readonly #numExperts: number;
  /** Of the step that is computed, [layers × numExperts]. */
  readonly #counts: Uint32Array;
  readonly #window: ExpertLoadWindow;
  readonly #placement: LayerPlacement[];
  #numSteps = 0;

  private constructor(options: ExpertBalancingOptions, balancing: ExpertBalancingConfig, numExperts: number) {
    const { layers, expertParallel } = options.config;
    const numCounts = (layers.endLayer - layers.firstLayer) * numExperts;
    this.#options = options;
    this.#balancing = balancing;
    this.#numExperts = numExperts;
    this.#counts = new Uint32Array(numCounts);
    this.#window = new ExpertLoadWindow(balancing.windowSize, numCounts);
    this.#placement = [...(expertParallel?.placement ?? [])];
  }

  /** Undefined for a stage whose experts stay where they are. */
  static create(options: ExpertBalancingOptions): ExpertBalancing | undefined {
    const { model, expertParallel } = options.config;
    if (expertParallel?.balancing === undefined || model.experts === undefined) return undefined;
    return new ExpertBalancing(options, expertParallel.balancing, model.experts.numExperts);
  }

  /** Counts the pass that was computed last. */
  endPass(): void {
    this.#options.ranks[0]!.addExpertCounts(this.#counts);
  }

  /**
   * Ends a step, after which experts move if it is time and worth it.
   * @throws {ModelLoadError} when weights can't be read again.
   */
  endStep(): void {
    this.#window.record(this.#counts);
    this.#counts.fill(0);
    this.#numSteps += 1;
    if (this.#numSteps % this.#balancing.stepInterval === 0) this.#moveExperts();
  }

  #moveExperts(): void {
    const moves = planExpertMoves(this.#layerLoads());
    if (moves.length === 0) return;
    this.#options.withWeights((weights) => {
      for (const move of moves) {
        for (const rank of this.#options.ranks) rank.moveExperts(move, weights);
        this.#placement[move.layer] = move.placement;
      }
    });
  }

  #layerLoads(): LayerLoad[] {
    const { layers, model } = this.#options.config;
    const totals = this.#window.totals;
    const loads: LayerLoad[] = [];
    for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
      if (model.experts?.layers[layer] !== true) continue;
      const start = (layer - layers.firstLayer) * this.#numExperts;
      const load = Array.from(totals.subarray(start, start + this.#numExperts));
      loads.push({ layer, placement: this.#placement[layer]!, load });
    }
    return loads;
  }
}
