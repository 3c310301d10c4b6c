import type { ExpertsConfig } from '../../../../src/llm/config/experts-config.js';
import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import type { LayerPlacement } from '../../../../src/llm/eplb/expert-placement.js';
import type { Cut } from '../../../../worker/model/graphs/cut.js';
import { CutBuilder } from '../../../../worker/model/graphs/cut-builder.js';
import { createDecoderShard } from '../../../../worker/model/graphs/decoder/decoder-shard.js';
import { llama } from '../../../../worker/model/graphs/families/llama.js';
import { expertsMlp } from '../../../../worker/model/graphs/moe/experts-mlp.js';
import { Memory, openOrtEnvironment, Session, Tensor } from '../../../../worker/model/ort/index.js';
import { RandomWeightSource } from '../../../../worker/model/weights/index.js';
import { tinyLlama } from '../../../support/tiny-llama.js';

const environment = openOrtEnvironment({ numThreads: 1, allowSpinning: false });

const numTokens = 7;
const experts: ExpertsConfig = {
  numExperts: 6,
  numExpertsPerToken: 2,
  intermediateSize: 24,
  normTopkProb: true,
  layers: [true, true],
};
const model: ModelConfig = { ...tinyLlama, numKeyValueHeads: 12, experts };
const length = numTokens * model.hiddenSize;

/** A graph of what the rank's experts of layer 0 make of hidden states of one row. */
function buildExpertsCut(placement: LayerPlacement, rank: number): Cut {
  const shard = createDecoderShard(llama, {
    weights: new RandomWeightSource(1),
    allocateWeights: (numValues) => new Float32Array(numValues),
    allocateBytes: (numBytes) => new Uint8Array(numBytes),
    shard: {
      model,
      layers: { firstLayer: 0, endLayer: 1 },
      isFirstStage: false,
      isLastStage: false,
      tensorRank: { rank, size: placement.length },
      expertParallel: { placement: [placement], balancing: { windowSize: 1, stepInterval: 1 } },
    },
  });
  const cut = new CutBuilder('experts', model);
  const mlp = expertsMlp({ dense: llama.mlp });
  cut.outputHiddenStates(cut.graph.node('Identity', [mlp(shard, cut, 0, cut.hiddenStates())], { outputs: ['sum'] }));
  return cut.build();
}

interface RankResult {
  /** What the rank adds to the sum of all ranks. */
  readonly sum: Float32Array;
  /** Choices of each expert. */
  readonly counts: readonly number[];
}

function hiddenStates(): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * index));
}

function compute(placement: LayerPlacement, rank: number): RankResult {
  const cut = buildExpertsCut(placement, rank);
  const session = new Session(environment, cut.model, 'own');
  const memory = Memory.allocate(8 * length + 8 * experts.numExperts);
  memory.float32(0, length).set(hiddenStates());
  const dims = [1, numTokens, model.hiddenSize];
  const at = (offset: number) => memory.address + BigInt(offset);
  const input = new Tensor(environment, { dtype: 'float32', dims, address: at(0) });
  const output = new Tensor(environment, { dtype: 'float32', dims, address: at(4 * length) });
  const counts = new Tensor(environment, { dtype: 'int64', dims: [experts.numExperts], address: at(8 * length) });
  const binding = session.createBinding();
  binding.bindInput('hidden_states', input);
  binding.bindOutput('sum', output);
  binding.bindOutput(cut.outputs.find(({ value }) => value.kind === 'expert-counts')!.name, counts);
  session.run(binding);
  const words = memory.int32(8 * length, 2 * experts.numExperts);
  const result = {
    sum: memory.float32(4 * length, length).slice(),
    counts: Array.from({ length: experts.numExperts }, (_, expert) => words[2 * expert]!),
  };
  for (const open of [binding, input, output, counts, session, memory]) open.close();
  return result;
}

/** How often each expert is among a token's two with the largest logits. */
function expectedCounts(): number[] {
  const { numExperts, numExpertsPerToken } = experts;
  const { hiddenSize } = model;
  const router = new Float32Array(numExperts * hiddenSize);
  const rows = { start: 0, end: numExperts };
  const name = 'model.layers.0.mlp.gate.weight';
  new RandomWeightSource(1).read({ name, shape: [numExperts, hiddenSize], rows }, router);
  const counts = new Array<number>(numExperts).fill(0);
  const states = hiddenStates();
  for (let token = 0; token < numTokens; token++) {
    const x = states.subarray(token * hiddenSize, (token + 1) * hiddenSize);
    const logits = counts.map((_, expert) =>
      x.reduce((sum, value, index) => sum + value * router[expert * hiddenSize + index]!, 0),
    );
    const chosen = logits.map((_, expert) => expert).toSorted((left, right) => logits[right]! - logits[left]!);
    for (const expert of chosen.slice(0, numExpertsPerToken)) counts[expert]! += 1;
  }
  return counts;
}

describe('experts spread over ranks', () => {
  it.each<[string, LayerPlacement]>([
    [
      'halves',
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    ['unequal parts', [[0], [1, 2, 3, 4], [5]]],
    [
      'parts that are mixed',
      [
        [4, 0],
        [5, 2],
        [3, 1],
      ],
    ],
    [
      'parts with a replica elsewhere',
      [
        [0, 1, 2, 3],
        [4, 5, 0, 1],
      ],
    ],
    [
      'parts with a replica everywhere',
      [
        [3, 0],
        [1, 3],
        [2, 3],
        [4, 3, 5],
      ],
    ],
    [
      'parts with two replicas at one place',
      [
        [0, 1, 1, 2],
        [3, 4, 5, 1],
      ],
    ],
  ])('add up in %s to what one rank with all of them computes', (_, placement) => {
    const { sum: whole } = compute([[0, 1, 2, 3, 4, 5]], 0);
    const parts = placement.map((_held, rank) => compute(placement, rank).sum);
    const largest = Math.max(...whole.map(Math.abs));
    for (const [index, value] of whole.entries()) {
      const sum = parts.reduce((total, part) => total + part[index]!, 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-6 * largest);
    }
    expect(parts.every((part) => part.some((value) => value !== 0))).toBe(true);
  });

  it('count the choices of all experts on every rank', () => {
    const placement = [
      [0, 1, 2, 5],
      [3, 4, 5],
    ];
    expect([compute(placement, 0).counts, compute(placement, 1).counts]).toEqual([expectedCounts(), expectedCounts()]);
  });
});
