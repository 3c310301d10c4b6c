import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
} from '../../../../src/channel/index.js';
import { IllegalStateError } from '../../../../src/core/index.js';
import { stepFrameTags } from '../../../../src/llm/executor/step-frame-tags.js';
import type { WorkerConfig } from '../../../../src/llm/executor/worker-config.js';
import { decodeStepOutput } from '../../../../src/llm/step-output-codec.js';
import type { StepPlan } from '../../../../src/llm/step-plan.js';
import { encodeStepPlan } from '../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../src/llm/word-buffer.js';
import { LLMWorker } from '../../../../worker/model/llm-worker.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { tinyLlama } from '../../../support/tiny-llama.js';

describe('a worker with the only rank of a model', () => {
  const path = (name: string): string => `/dev/shm/ray-ts-test-${id}-${name}`;
  let id: string;
  let worker: LLMWorker;

  beforeEach(() => {
    id = randomUUID();
    worker = new LLMWorker();
  });

  function configOf(change: Partial<WorkerConfig> = {}): WorkerConfig {
    return {
      rank: 0,
      stage: {
        model: tinyLlama,
        stage: 0,
        pipelineParallelSize: 1,
        layers: { firstLayer: 0, endLayer: 2 },
        tensorParallelSize: 1,
        localTensorRanks: [0],
        numSlots: 4,
        maxNumBatchedTokens: 32,
        numThreads: 1,
        allowSpinning: false,
      },
      randomWeightsSeed: 5,
      workerExtensionCls: '',
      channels: {
        rings: [
          { path: path('control'), capacityBytes: 1 << 20 },
          { path: path('output'), capacityBytes: 1 << 20 },
        ],
        exposed: [],
        bridges: [],
        controlPath: path('control'),
        inputPath: undefined,
        outputPath: path('output'),
        group: undefined,
      },
      spinMicroseconds: 0,
      pinnedCores: undefined,
      ...change,
    };
  }

  it('must be prepared before anything else, and once', async () => {
    await expect(worker.load()).rejects.toThrow(IllegalStateError);
    expect(() => worker.sealChannels()).toThrow(IllegalStateError);
    worker.prepare(configOf());
    expect(() => worker.prepare(configOf())).toThrow('Rank 0 is already prepared');
    worker.sealChannels();
  });

  it('makes its rings when it is prepared, and removes their files when all are attached', () => {
    worker.prepare(configOf());
    expect([path('control'), path('output')].map((ring) => existsSync(ring))).toEqual([true, true]);
    worker.sealChannels();
    expect([path('control'), path('output')].map((ring) => existsSync(ring))).toEqual([false, false]);
  });

  it('says how far it is with loading', () => {
    expect(worker.loadProgress()).toEqual({ fraction: 0, what: 'starting' });
    expect(worker.describe()).toEqual({ hostId: expect.any(String), numCores: expect.any(Number) });
  });

  describe('that is loaded', () => {
    let control: AsyncRingWriter;
    let output: AsyncRingReader;
    let numSteps: number;

    beforeEach(async () => {
      worker.prepare(configOf());
      await worker.load();
      control = attachAsyncRingWriter(path('control'));
      output = attachAsyncRingReader(path('output'));
      worker.sealChannels();
      numSteps = 0;
    });

    async function step(plan: Partial<StepPlan>): Promise<number[]> {
      const whole: StepPlan = {
        stepId: ++numSteps,
        slotMoves: [],
        slotTrims: [],
        slotSamplings: [],
        passes: [],
        ...plan,
      };
      const payload = encodeStepPlan(whole, new WordWriter());
      await control.write({ tag: stepFrameTags.plan, dtype: 'bytes', shape: [payload.length], payload });
      const answer = decodeStepOutput((await output.read()).payload);
      expect(answer.stepId).toBe(whole.stepId);
      return answer.sampledTokens.map(({ tokenId }) => tokenId);
    }

    it('answers each plan, keeps what it computed, and ends in order when the control ring is closed', async () => {
      const prompt = [3, 4, 5];
      const [first] = await step({ slotSamplings: [greedy(0)], passes: [prefill(0, prompt)] });
      const [second] = await step({ passes: [decode(0, [{ tokenId: first!, numComputed: 3 }])] });
      const whole = await step({ slotSamplings: [greedy(1)], passes: [prefill(1, [...prompt, first!])] });
      expect(whole).toEqual([second]);
      expect(worker.loadProgress().fraction).toBe(1);
      control.close();
      await worker.run();
      output.close();
    });

    it('fails its run with what the step threw', async () => {
      const run = worker.run();
      const payload = encodeStepPlan(
        { stepId: 1, slotMoves: [], slotTrims: [], slotSamplings: [], passes: [prefill(99, [3])] },
        new WordWriter(),
      );
      await control.write({ tag: stepFrameTags.plan, dtype: 'bytes', shape: [payload.length], payload });
      await expect(run).rejects.toMatchObject({ code: 'RAY_INTERNAL' });
      control.close();
      output.close();
    });
  });

  it('fails to load, and its run, when the weights are missing', async () => {
    worker.prepare(configOf({ randomWeightsSeed: undefined }));
    await expect(worker.load()).rejects.toMatchObject({ code: 'RAY_MODEL_LOAD' });
    await expect(worker.run()).rejects.toMatchObject({ code: 'RAY_MODEL_LOAD' });
    worker.sealChannels();
  });
});
