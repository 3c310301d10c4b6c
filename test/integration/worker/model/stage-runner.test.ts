import { InternalError, ModelLoadError } from '../../../../src/core/index.js';
import type { StageConfig } from '../../../../src/llm/config/stage-config.js';
import { LocalTensorParallelGroup, StageRunner, tensorParallelLayout } from '../../../../worker/model/runner/index.js';
import { RandomWeightSource } from '../../../../worker/model/weights/index.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { tinyLlama } from '../../../support/tiny-llama.js';

const config: StageConfig = {
  model: tinyLlama,
  stage: 0,
  pipelineParallelSize: 1,
  layers: { firstLayer: 0, endLayer: 2 },
  tensorParallelSize: 2,
  localTensorRanks: [0, 1],
  numSlots: 8,
  maxNumBatchedTokens: 32,
  numThreads: 1,
  allowSpinning: false,
};

describe('StageRunner', () => {
  const group = new LocalTensorParallelGroup(tensorParallelLayout(config));
  const weights = new RandomWeightSource(5);
  const runners: StageRunner[] = [];
  afterEach(() => {
    for (const runner of runners.splice(0)) runner.close();
  });
  afterAll(() => group.close());

  async function load(
    changes: Partial<StageConfig> = {},
    onProgress?: (fraction: number, what: string) => void,
  ): Promise<StageRunner> {
    const runner = await StageRunner.load({ ...config, ...changes }, group, onProgress, weights);
    runners.push(runner);
    return runner;
  }

  it('reports the layers of all ranks and lets others run between them', async () => {
    const reports: string[] = [];
    const ticks: string[] = [];
    const loading = load({}, (fraction, what) => {
      reports.push(`${fraction} ${what}`);
      setImmediate(() => ticks.push(what));
    });
    await loading;
    expect(reports).toEqual([
      '0.25 read layer 1 of 4',
      '0.5 read layer 2 of 4',
      '0.75 read layer 3 of 4',
      '1 read layer 4 of 4',
    ]);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
  });

  it('answers hidden states of every pass, on a stage that is not the last', async () => {
    const runner = await load({ pipelineParallelSize: 2, layers: { firstLayer: 0, endLayer: 1 } });
    const passes = [prefill(0, [1, 2, 3]), prefill(1, [4, 5])];
    const result = runner.execute({ stepId: 1, slotMoves: [], slotTrims: [], slotSamplings: [], passes }, undefined);
    expect(result.kind === 'hidden-states' && result.passes.map(({ length }) => length)).toEqual([3 * 48, 2 * 48]);
  });

  it('samples only the rows that are asked for', async () => {
    const runner = await load();
    const passes = [prefill(0, [1, 2, 3], 0, false), prefill(1, [4, 5])];
    const plan = { stepId: 1, slotMoves: [], slotTrims: [], slotSamplings: [greedy(1)], passes };
    const result = runner.execute(plan, undefined);
    expect(result.kind === 'output' && result.output.sampledTokens.map(({ slot }) => slot)).toEqual([1]);
  });

  it('draws the same token alone and in a batch, in whatever slot', async () => {
    const runner = await load();
    const random = (slot: number) => ({ ...greedy(slot), temperature: 2, seed: 77 });
    const draw = (stepId: number, firstSlot: number, numRows: number): number[] => {
      const slots = Array.from({ length: numRows }, (_, row) => firstSlot + row);
      const prompts = slots.map((slot) => prefill(slot, [8, 9], 0, false));
      const batch = decode(
        firstSlot,
        slots.map(() => ({ tokenId: 10, numComputed: 2 })),
      );
      const plan = {
        stepId,
        slotMoves: [],
        slotTrims: [],
        slotSamplings: slots.map(random),
        passes: [...prompts, batch],
      };
      const result = runner.execute(plan, undefined);
      return result.kind === 'output' ? result.output.sampledTokens.map(({ tokenId }) => tokenId) : [];
    };
    const [alone] = draw(1, 0, 1);
    expect(draw(2, 2, 5)).toEqual(new Array(5).fill(alone));
  });

  it('computes nothing of a plan that reaches outside its memory', async () => {
    const runner = await load();
    const plan = { stepId: 4, slotMoves: [], slotTrims: [], slotSamplings: [], passes: [prefill(8, [1])] };
    expect(() => runner.execute(plan, undefined)).toThrow(InternalError);
  });

  it('says which weights are missing', async () => {
    const loading = StageRunner.load(config, group);
    await expect(loading).rejects.toThrow(ModelLoadError);
    await expect(loading).rejects.toThrow(/nonexistent\/tiny-llama/);
  });

  it('refuses an architecture without graphs', async () => {
    const model = { ...tinyLlama, architecture: 'MambaForCausalLM' };
    await expect(load({ model })).rejects.toThrow(ModelLoadError);
  });
});
