import { SafetensorsWeightSource, type WeightSlice } from '../../../../worker/model/weights/index.js';
import { type HfGolden, readHfGolden } from '../../../support/hf-golden.js';
import { LocalPipeline } from '../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../support/passes.js';

const balancing = { windowSize: 4, stepInterval: 3 };

/** The model's folder; `names` lists what was read since it was cleared. */
function recordReads(modelPath: string) {
  const source = SafetensorsWeightSource.open(modelPath);
  const names: string[] = [];
  const read = (slice: WeightSlice, destination: Float32Array): void => {
    names.push(slice.name);
    source.read(slice, destination);
  };
  return Object.assign(Object.create(source) as typeof source, {
    names,
    read,
    has: (name: string) => source.has(name),
    close: () => source.close(),
  });
}

describe.each(['mixtral', 'qwen3_moe_mixed', 'olmoe'])('%s whose experts move', (name) => {
  let golden: HfGolden;
  let weights: ReturnType<typeof recordReads>;
  let pipeline: LocalPipeline;
  beforeAll(async () => {
    golden = await readHfGolden(name);
    weights = recordReads(golden.model.modelPath);
    const shape = {
      tensorParallelSize: 2,
      layersPerStage: [1, golden.model.numHiddenLayers - 1],
      expertParallel: { strategy: 'linear', numRedundantExperts: 1, balancing } as const,
    };
    pipeline = await LocalPipeline.load(golden.model, shape, weights);
  });
  afterAll(() => {
    pipeline.close();
    weights.close();
  });

  /** Reads that each step caused. */
  function readsOfSteps(slot: number, prompt: readonly number[], expected: readonly number[]): number[] {
    let numRead = weights.names.length;
    const readsSince = (): number => {
      const before = numRead;
      numRead = weights.names.length;
      return numRead - before;
    };
    const [first] = pipeline.execute({ slotSamplings: [greedy(slot)], passes: [prefill(slot, prompt)] });
    const tokens = [first!.tokenId];
    const reads = [readsSince()];
    while (tokens.length < expected.length) {
      const row = { tokenId: tokens.at(-1)!, numComputed: prompt.length + tokens.length - 1 };
      tokens.push(pipeline.execute({ passes: [decode(slot, [row])] })[0]!.tokenId);
      reads.push(readsSince());
    }
    expect(tokens).toEqual(expected);
    return reads;
  }

  it('continues prompts with the tokens of transformers, before and after', () => {
    const reads = golden.cases.flatMap(({ prompt, greedy: expected }, slot) => readsOfSteps(slot, prompt, expected));
    const stepsWithReads = reads.flatMap((count, step) => (count > 0 ? [step + 1] : []));
    expect(stepsWithReads.length).toBeGreaterThan(0);
    expect(stepsWithReads.every((step) => step % balancing.stepInterval === 0)).toBe(true);
  });
});
