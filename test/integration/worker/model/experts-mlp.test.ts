import type { ExpertsConfig } from '../../../../src/llm/config/experts-config.js';
import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { CutBuilder } from '../../../../worker/model/graphs/cut-builder.js';
import { createDecoderShard } from '../../../../worker/model/graphs/decoder/decoder-shard.js';
import { llama } from '../../../../worker/model/graphs/families/llama.js';
import { expertsMlp } from '../../../../worker/model/graphs/moe/experts-mlp.js';
import { Memory, openOrtEnvironment, Session, Tensor } from '../../../../worker/model/ort/index.js';
import { RandomWeightSource, type Range } from '../../../../worker/model/weights/index.js';
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
const model: ModelConfig = { ...tinyLlama, experts };
const length = numTokens * model.hiddenSize;

/** A session that gives layer 0's experts, those of `local`, for hidden states of one row. */
function createExpertsSession(local: Range): Session {
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
      tensorRank: { rank: 0, size: 1 },
    },
  });
  const cut = new CutBuilder('experts', model);
  const mlp = expertsMlp({ dense: llama.mlp, localExperts: () => local });
  cut.outputHiddenStates(cut.graph.node('Identity', [mlp(shard, cut, 0, cut.hiddenStates())], { outputs: ['sum'] }));
  return new Session(environment, cut.build().model, 'own');
}

/** What the rank with these experts adds to the sum of all ranks. */
function partialSum(local: Range): Float32Array {
  const session = createExpertsSession(local);
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
  it.each([
    ['halves', [0, 3, 6]],
    ['unequal parts', [0, 1, 5, 6]],
  ])('add up in %s to what one rank with all of them computes', (_, bounds) => {
    const whole = partialSum({ start: 0, end: experts.numExperts });
    const parts = bounds.slice(1).map((end, index) => partialSum({ start: bounds[index]!, end }));
    const largest = Math.max(...whole.map(Math.abs));
    for (const [index, value] of whole.entries()) {
      const sum = parts.reduce((total, part) => total + part[index]!, 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-6 * largest);
    }
    expect(parts.every((part) => part.some((value) => value !== 0))).toBe(true);
  });
});
