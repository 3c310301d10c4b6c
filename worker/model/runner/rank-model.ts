import type { TensorParallelGroup } from '../../../src/channel/tensor-parallel-group.js';
import { attentionHeadDim } from '../../../src/llm/config/attention-head-dim.js';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import type { ExpertMove } from '../../../src/llm/eplb/plan-expert-moves.js';
import type { Pass, SlotMove, SlotTrim } from '../../../src/llm/step-plan.js';
import type { StageShard } from '../graphs/index.js';
import { KvCache } from '../kv/kv-cache.js';
import type { OrtEnvironment } from '../ort/index.js';
import {
  keyValueHeadSlice,
  type Range,
  rangeLength,
  vocabularySlice,
  vocabularyWidth,
  type WeightSource,
} from '../weights/index.js';
import { createDeviceRankMemory } from './device-rank-memory.js';
import { ExpertCounts } from './expert-counts.js';
import { reloadMlpCut } from './load-cut.js';
import { type LoadCutsOptions, loadCuts } from './load-cuts.js';
import { type LoadedCut, PassBinding } from './pass-binding.js';
import { PassBuffers } from './pass-buffers.js';
import { numTokensOf, type PassShape, passShapeKey } from './pass-shape.js';
import type { RankDims, RankMemory } from './pass-tensors.js';
import { RecentlyUsed } from './recently-used.js';
import type { RotaryMemory } from './rotary-memory.js';

/** Decode passes come in few shapes, prefill chunks in many that seldom return. */
const MAX_BINDINGS = 128;
const MAX_HEAD_BINDINGS = 32;

const isHead = ({ runsIn }: LoadedCut): boolean => runsIn === 'sampled-passes';

/** What the ranks of a process share. */
export interface SharedParts extends LoadCutsOptions {
  readonly group: TensorParallelGroup;
  readonly rotary: RotaryMemory;
}

function createStageShard(config: StageConfig, rank: number): StageShard {
  return {
    model: config.model,
    layers: config.layers,
    isFirstStage: config.stage === 0,
    isLastStage: config.stage === config.pipelineParallelSize - 1,
    tensorRank: { rank, size: config.tensorParallelSize },
    expertParallel: config.expertParallel,
  };
}

function createRankDims({ model, layers, tensorRank }: StageShard): RankDims {
  return {
    rank: tensorRank.rank,
    firstLayer: layers.firstLayer,
    hiddenSize: model.hiddenSize,
    headDim: attentionHeadDim(model),
    maxModelLen: model.maxModelLen,
    numKeyValueHeads: rangeLength(keyValueHeadSlice(model.numKeyValueHeads, tensorRank)),
    vocabularyWidth: vocabularyWidth(model.vocabSize, tensorRank.size),
  };
}

function createPlacedMemory(config: StageConfig, dims: RankDims, { environment, rotary, provider }: SharedParts) {
  if (provider === 'webgpu') return createDeviceRankMemory(environment, config, dims, rotary);
  const numLayers = config.layers.endLayer - config.layers.firstLayer;
  const kvCache = new KvCache({ ...dims, numSlots: config.numSlots, numLayers });
  return { kvCache, rotary };
}

function createExpertCounts({ model, layers, expertParallel }: StageConfig): ExpertCounts | undefined {
  if (expertParallel?.balancing === undefined || model.experts === undefined) return undefined;
  return new ExpertCounts({ numLayers: layers.endLayer - layers.firstLayer, numExperts: model.experts.numExperts });
}

function createRankMemory(config: StageConfig, dims: RankDims, shared: SharedParts): RankMemory {
  const { maxNumBatchedTokens, numSlots } = config;
  return {
    group: shared.group,
    ...createPlacedMemory(config, dims, shared),
    buffers: new PassBuffers({ maxNumBatchedTokens, numSlots, hiddenSize: dims.hiddenSize }),
    expertCounts: createExpertCounts(config),
  };
}

/** Closes the rank's own memory, not what it shares. */
function closeRankMemory({ buffers, kvCache, expertCounts }: RankMemory): void {
  expertCounts?.close();
  buffers.close();
  kvCache.close();
}

/**
 * One tensor-parallel rank of a stage: its graphs, its cache, its memory. It computes cut by cut; between cuts the ranks
 * meet, which is the {@link StageRunner}'s part.
 */
export class RankModel {
  readonly #cuts: LoadedCut[];
  readonly #environment: OrtEnvironment;
  readonly #compilation: SharedParts['compilation'];
  #shard: StageShard;
  readonly #dims: RankDims;
  readonly #vocabulary: Range;
  readonly #isFirstStage: boolean;
  readonly #lastCutWithCache: number;
  readonly #headCut: number;
  readonly #memory: RankMemory;
  readonly #bindings = new RecentlyUsed<PassBinding>(MAX_BINDINGS, (binding) => binding.close());
  /** Of batches of tokens whose logits are reported. */
  readonly #headBindings = new RecentlyUsed<PassBinding>(MAX_HEAD_BINDINGS, (binding) => binding.close());

  private constructor(
    { environment, compilation }: SharedParts,
    shard: StageShard,
    dims: RankDims,
    cuts: LoadedCut[],
    memory: RankMemory,
  ) {
    this.#cuts = cuts;
    this.#environment = environment;
    this.#compilation = compilation;
    this.#shard = shard;
    this.#dims = dims;
    this.#memory = memory;
    this.#vocabulary = vocabularySlice(shard.model.vocabSize, shard.tensorRank);
    this.#isFirstStage = shard.isFirstStage;
    this.#lastCutWithCache = cuts.findLastIndex(({ outputs }) =>
      outputs.some(({ value }) => value.kind === 'key-cache'),
    );
    this.#headCut = cuts.findIndex(isHead);
  }

  /** @throws {ModelLoadError} when weights are missing or damaged, or the model can't be split over the ranks. */
  static async load(config: StageConfig, rank: number, shared: SharedParts): Promise<RankModel> {
    const shard = createStageShard(config, rank);
    const dims = createRankDims(shard);
    const memory = createRankMemory(config, dims, shared);
    try {
      return new RankModel(shared, shard, dims, await loadCuts(shard, shared), memory);
    } catch (error) {
      closeRankMemory(memory);
      throw error;
    }
  }

  /** In the order of a pass. */
  get cuts(): readonly LoadedCut[] {
    return this.#cuts;
  }

  /** Writes a pass's inputs. Returns what {@link runCut} needs to run its cuts. */
  beginPass(pass: Pass, hiddenStates: Float32Array | undefined): PassBinding {
    const { buffers } = this.#memory;
    buffers.writeLengths(pass);
    if (this.#isFirstStage) buffers.writeTokenIds(pass, this.#vocabulary, this.#dims.vocabularyWidth);
    if (hiddenStates !== undefined) buffers.writeHiddenStates(hiddenStates);
    this.#memory.kvCache.beginPass(pass);
    const binding = this.#bindings.get(passShapeKey(pass), () => this.#bind(pass));
    binding.refreshInputs();
    return binding;
  }

  runCut(cutIndex: number, binding: PassBinding): void {
    this.#cuts[cutIndex]!.session.run(binding.of(cutIndex));
    if (cutIndex === this.#lastCutWithCache) this.#memory.kvCache.endPass(binding.shape);
  }

  /**
   * Computes the logits of single tokens of the pass that was run last: those from `firstToken` on, each as a row of its
   * own, as if it were the last of a sequence. At most as many as there are slots.
   */
  runHead(firstToken: number, numRows: number): void {
    const shape = { firstSlot: 0, numRows, tokensPerRow: 1, firstToken };
    const binding = this.#headBindings.get(passShapeKey(shape), () => this.#bind(shape, isHead));
    this.#cuts[this.#headCut]!.session.run(binding.of(this.#headCut));
  }

  /** The residual stream after the last cut, float32 [rows × tokens, hiddenSize]; overwritten by the next pass. */
  readHiddenStates(pass: Pass, binding: PassBinding): Float32Array {
    return this.#memory.buffers.readHiddenStates(binding.finalHiddenStates, numTokensOf(pass) * this.#dims.hiddenSize);
  }

  /** Adds how many choices of the last pass went to each expert to `sums`, [the stage's layers × numExperts]. */
  addExpertCounts(sums: Uint32Array): void {
    this.#memory.expertCounts?.addTo(sums);
  }

  /**
   * Loads the experts that a layer has from now on, in place of those that it had.
   * @throws {ModelLoadError} when weights are missing or damaged: the rank can compute no more then.
   */
  moveExperts({ layer, placement }: ExpertMove, weights: WeightSource): void {
    const cutIndex = this.#cuts.findIndex(({ outputs }) =>
      outputs.some(({ value }) => value.kind === 'expert-counts' && value.layer === layer),
    );
    const { expertParallel } = this.#shard;
    const placements = expertParallel!.placement.with(layer, placement);
    this.#shard = { ...this.#shard, expertParallel: { ...expertParallel, placement: placements } };
    this.#bindings.clear();
    this.#headBindings.clear();
    const { session, provider = 'cpu' } = this.#cuts[cutIndex]!;
    session.close();
    const compilation = this.#compilation;
    const context = { shard: this.#shard, weights, environment: this.#environment, provider, compilation };
    this.#cuts[cutIndex] = reloadMlpCut(layer, context);
  }

  moveSlot({ from, to, numTokens }: SlotMove): void {
    this.#memory.kvCache.moveSlot(from, to, numTokens);
  }

  trimSlot({ slot, numTokens }: SlotTrim): void {
    this.#memory.kvCache.trimSlot(slot, numTokens);
  }

  /** Releases graphs and memory, not what it shares with other ranks. */
  close(): void {
    this.#bindings.clear();
    this.#headBindings.clear();
    for (const { session } of this.#cuts) session.close();
    closeRankMemory(this.#memory);
  }

  #bind({ firstSlot, numRows, tokensPerRow, firstToken = 0 }: PassShape, isBound?: typeof isHead): PassBinding {
    const shape = { firstSlot, numRows, tokensPerRow, firstToken };
    return new PassBinding(this.#environment, this.#cuts, shape, this.#dims, this.#memory, isBound);
  }
}
