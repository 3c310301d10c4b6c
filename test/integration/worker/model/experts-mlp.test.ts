import type { ExpertsConfig } from '../../../../src/llm/config/experts-config.js';
import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import type { LayerPlacement } from '../../../../src/llm/eplb/expert-placement.js';
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

/** A session that gives what the rank's experts of layer 0 make of hidden states of one row. */
function createExpertsSession(placement: LayerPlacement, rank: number): Session {
  const shard = createDecoderShard(llama, {
    weights: new RandomWeightSource(1),
    allocateWeights: (numValues) => new Float32Array(numValues),
    allocateBytes: (numBytes) => new Uint8Array(numBytes),
    afterLayer: () => Promise.resolve(),
    shard: {
      model,
      layers: { firstLayer: 0, endLayer: 1 },
      isFirstStage: false,
      isLastStage: false,
      tensorRank: { rank, size: placement.length },
      expertParallel: { placement: [placement] },
    },
  });
  const cut = new CutBuilder('experts', model);
  const mlp = expertsMlp({ dense: llama.mlp });
  cut.outputHiddenStates(cut.graph.node('Identity', [mlp(shard, cut, 0, cut.hiddenStates())], { outputs: ['sum'] }));
  return new Session(environment, cut.build().model, 'own');
}

/** What the rank adds to the sum of all ranks. */
function partialSum(placement: LayerPlacement, rank: number): Float32Array {
  const session = createExpertsSession(placement, rank);
  const memory = Memory.allocate(8 * length);
  const values = memory.float32(0, 2 * length);
  for (let i = 0; i < length; i++) values[i] = Math.sin(i * i);
  const dims = [1, numTokens, model.hiddenSize];
  const input = new Tensor(environment, { dtype: 'float32', dims, address: memory.address });
  const output = new Tensor(environment, { dtype: 'float32', dims, address: memory.address + BigInt(4 * length) });
  const binding = session.createBinding();
  binding.bindInput('hidden_states', input);
  binding.bindOutput('sum', output);
  session.run(binding);
  const result = values.slice(length);
  for (const open of [binding, input, output, session, memory]) open.close();
  return result;
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
    const whole = partialSum([[0, 1, 2, 3, 4, 5]], 0);
    const parts = placement.map((_held, rank) => partialSum(placement, rank));
    const largest = Math.max(...whole.map(Math.abs));
    for (const [index, value] of whole.entries()) {
      const sum = parts.reduce((total, part) => total + part[index]!, 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-6 * largest);
    }
    expect(parts.every((part) => part.some((value) => value !== 0))).toBe(true);
  });
});
