import type { TensorParallelGroup } from '../../src/channel/tensor-parallel-group.js';
import { attentionHeadDim } from '../../src/llm/config/attention-head-dim.js';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import { type Cut, requireArchitecture, type StageShard } from '../../worker/model/graphs/index.js';
import { KvCache } from '../../worker/model/kv/kv-cache.js';
import { type OrtEnvironment, openOrtEnvironment, Session } from '../../worker/model/ort/index.js';
import { type LoadedCut, PassBinding } from '../../worker/model/runner/pass-binding.js';
import { PassBuffers } from '../../worker/model/runner/pass-buffers.js';
import type { RankDims, RankMemory } from '../../worker/model/runner/pass-tensors.js';
import { RotaryMemory } from '../../worker/model/runner/rotary-memory.js';
import { StagedWeights } from '../../worker/model/runner/staged-weights.js';
import {
  keyValueHeadSlice,
  rangeLength,
  SafetensorsWeightSource,
  vocabularyWidth,
  type WeightSource,
} from '../../worker/model/weights/index.js';
import { RandomWeightSource } from '../../worker/model/weights/random-weight-source.js';
import { MAX_BATCH, PROMPT_TOKENS } from './cell.js';
import { wholeModelCut } from './whole-model-cut.js';

export interface BareModelOptions {
  readonly model: ModelConfig;
  readonly hasWeights: boolean;
  readonly rank: number;
  /** Tensor-parallel ranks, of one thread each; a single rank has two. */
  readonly size: number;
  readonly group: TensorParallelGroup;
}

/** Rows of a pass, one token each, or a prompt of `tokensPerRow` tokens in the row of `firstSlot`. */
interface BarePass {
  readonly firstSlot: number;
  readonly numRows: number;
  readonly tokensPerRow: number;
}

/**
 * A model in the form of the bare prototypes, the yardstick of the engine. As there:
 *
 * - one rank is one graph with its LM head, in one session with a pool of two spinning threads;
 * - more ranks are processes with one thread, cut at the all-reduces, with partial sums in shared memory, an arena for
 *   every session, a barrier that does nothing but spin, and none after the LM head;
 * - all tensors are bound once, and a step is the lengths, the runs and the barriers: no tokens are fed back, nothing is
 *   sampled, and nobody is told.
 *
 * Unlike there, the graphs, weights and bindings are the engine's own, so that both compute exactly the same. Session and
 * arena options, the loop and the barrier are not shared, so a loss in the engine's is seen. Values mean nothing: without a
 * barrier after the LM head, a rank may write the sums that a slower one still reads.
 */
export class BareModel {
  readonly #environment: OrtEnvironment;
  readonly #cuts: readonly LoadedCut[];
  readonly #dims: RankDims;
  readonly #memory: RankMemory;
  readonly #group: TensorParallelGroup;
  readonly #bindings = new Map<string, PassBinding>();

  private constructor(environment: OrtEnvironment, cuts: readonly LoadedCut[], dims: RankDims, memory: RankMemory) {
    this.#environment = environment;
    this.#cuts = cuts;
    this.#dims = dims;
    this.#memory = memory;
    this.#group = memory.group;
  }

  /** Loads the weights and fills the cache with a prompt in every slot. */
  static async load(options: BareModelOptions): Promise<BareModel> {
    const { model, hasWeights, size, group } = options;
    const environment = openOrtEnvironment({ numThreads: size === 1 ? 2 : 1, allowSpinning: true });
    const weights = hasWeights ? SafetensorsWeightSource.open(model.modelPath) : new RandomWeightSource(0);
    try {
      const cuts = await loadCuts(environment, createShard(options), weights);
      const dims = createDims(options);
      const bare = new BareModel(environment, cuts, dims, createMemory(model, dims, group));
      for (let slot = 0; slot < MAX_BATCH; slot++) bare.#run(promptPass(slot), 0);
      return bare;
    } finally {
      weights.close();
    }
  }

  /** One token for each of `batch` sequences that have `numComputedTokens` tokens. */
  decode(batch: number, numComputedTokens: number): void {
    this.#run({ firstSlot: 0, numRows: batch, tokensPerRow: 1 }, numComputedTokens);
  }

  prefill(): void {
    this.#run(promptPass(0), 0);
  }

  #run(pass: BarePass, numComputedTokens: number): void {
    const binding = this.#bindingOf(pass);
    this.#memory.buffers.writeLengths({
      ...pass,
      ...NO_TOKENS,
      numComputedTokens: NUM_COMPUTED.fill(numComputedTokens),
    });
    const last = this.#cuts.length - 1;
    for (let index = 0; index <= last; index++) {
      this.#cuts[index]!.session.run(binding.of(index));
      if (index < last) this.#group.barrier();
    }
  }

  #bindingOf(pass: BarePass): PassBinding {
    const key = JSON.stringify(pass);
    const existing = this.#bindings.get(key);
    if (existing) return existing;
    const binding = new PassBinding(this.#environment, this.#cuts, pass, this.#dims, this.#memory);
    this.#bindings.set(key, binding);
    return binding;
  }
}

/** Token ids stay 0: which row of the embedding is read makes no difference. */
const NO_TOKENS = { tokenIds: new Int32Array(0), sampledRows: new Uint8Array(0) };

/** int32 [rows]. */
const NUM_COMPUTED = new Int32Array(MAX_BATCH);

const promptPass = (slot: number): BarePass => ({ firstSlot: slot, numRows: 1, tokensPerRow: PROMPT_TOKENS });

function createShard({ model, rank, size }: BareModelOptions): StageShard {
  const layers = { firstLayer: 0, endLayer: model.numHiddenLayers };
  return { model, layers, isFirstStage: true, isLastStage: true, tensorRank: { rank, size } };
}

function createDims({ model, rank, size }: BareModelOptions): RankDims {
  return {
    rank,
    firstLayer: 0,
    hiddenSize: model.hiddenSize,
    headDim: attentionHeadDim(model),
    maxModelLen: model.maxModelLen,
    numKeyValueHeads: rangeLength(keyValueHeadSlice(model.numKeyValueHeads, { rank, size })),
    vocabularyWidth: vocabularyWidth(model.vocabSize, size),
  };
}

function createMemory(model: ModelConfig, dims: RankDims, group: TensorParallelGroup): RankMemory {
  return {
    group,
    rotary: new RotaryMemory(model),
    kvCache: new KvCache({ ...dims, numSlots: MAX_BATCH, numLayers: model.numHiddenLayers }),
    buffers: new PassBuffers({
      maxNumBatchedTokens: PROMPT_TOKENS,
      numSlots: MAX_BATCH,
      hiddenSize: dims.hiddenSize,
    }),
  };
}

async function loadCuts(environment: OrtEnvironment, shard: StageShard, weights: WeightSource): Promise<LoadedCut[]> {
  const staged = new StagedWeights();
  const memory = {
    allocateWeights: (length: number): Float32Array => staged.allocateWeights(length),
    allocateBytes: (length: number): Uint8Array => staged.allocateBytes(length),
  };
  const context = { shard, weights, ...memory, afterLayer: async () => undefined };
  const load = ({ model, ...cut }: Cut): LoadedCut => {
    const session = new Session(environment, model, 'own');
    staged.release();
    return { ...cut, session };
  };
  if (shard.tensorRank.size === 1) return [load(await wholeModelCut(context))];
  const cuts: LoadedCut[] = [];
  for (const build of requireArchitecture(shard.model.architecture)(shard)) cuts.push(load(await build(context)));
  return cuts;
}
