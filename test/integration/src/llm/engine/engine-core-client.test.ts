import { randomUUID } from 'node:crypto';
import {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
} from '../../../../../src/channel/async-ring.js';
import { createRing, removeRing } from '../../../../../src/channel/ring-memory.js';
import {
  ChannelClosedError,
  Deferred,
  EngineDeadError,
  InvalidArgumentError,
  RankFailedError,
} from '../../../../../src/core/index.js';
import { EngineCoreClient } from '../../../../../src/llm/engine/engine-core-client.js';
import type { EngineCoreOutput, EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import { startEngineCoreThread } from '../../../../../src/llm/engine/engine-core-thread-link.js';
import { createAbortFlag } from '../../../../../src/llm/executor/abort-flag.js';
import { stepFrameTags } from '../../../../../src/llm/executor/step-frame-tags.js';
import { StepsInFlight } from '../../../../../src/llm/executor/steps-in-flight.js';
import { encodeStepOutput } from '../../../../../src/llm/step-output-codec.js';
import type { StepPlan } from '../../../../../src/llm/step-plan.js';
import { decodeStepPlan } from '../../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../../src/llm/word-buffer.js';

/** A rank that lives in the test's own event loop. */
class FakeRank {
  readonly control: AsyncRingReader;
  readonly output: AsyncRingWriter;

  constructor(controlPath: string, outputPath: string) {
    this.control = attachAsyncRingReader(controlPath);
    this.output = attachAsyncRingWriter(outputPath);
  }

  async nextPlan(): Promise<StepPlan> {
    return decodeStepPlan((await this.control.read()).payload);
  }

  async answer({ stepId, passes }: StepPlan, tokenId: number): Promise<void> {
    const empty = { topTokenIds: new Int32Array(0), topLogprobs: new Float32Array(0) };
    const sampledTokens = [{ slot: passes[0]!.firstSlot, tokenId, logprob: 0, rank: 1, ...empty }];
    await this.#write(stepFrameTags.output, encodeStepOutput({ stepId, sampledTokens }, new WordWriter()));
  }

  close(): void {
    this.control.close();
    this.output.close();
  }

  async #write(tag: number, payload: Uint8Array): Promise<void> {
    await this.output.write({ tag, dtype: 'bytes', shape: [payload.length], payload });
  }
}

const request: EngineCoreRequest = {
  requestId: 'r',
  promptTokenIds: [5, 6, 7],
  sampling: {
    temperature: 0,
    topP: 1,
    minP: 0,
    numPromptLogprobs: -1,
    skipReadingPrefixCache: false,
    topK: 0,
    seed: undefined,
    maxTokens: 2,
    minTokens: 0,
    stopTokenIds: [],
    ignoreEos: false,
    numLogprobs: -1,
  },
  priority: 0,
  cacheSalt: undefined,
  arrivalTime: 0,
};

describe('EngineCoreClient with a rank behind rings', () => {
  const paths = [`/dev/shm/ray-ts-test-${randomUUID()}-control`, `/dev/shm/ray-ts-test-${randomUUID()}-output`];
  const [controlPath, outputPath] = paths as [string, string];
  let rank: FakeRank;
  let client: EngineCoreClient;

  beforeEach(async () => {
    for (const path of paths) createRing(path, { capacityBytes: 65_536 });
    rank = new FakeRank(controlPath, outputPath);
    client = await EngineCoreClient.start(
      startEngineCoreThread({
        executor: {
          kind: 'ring',
          controlRingPaths: [controlPath],
          outputRingPath: outputPath,
          maxConcurrentBatches: 1,
          spinMicroseconds: 0,
          abortFlag: createAbortFlag(),
          stepWords: new StepsInFlight().words,
        },
        scheduler: {
          numLanes: 1,
          slotsPerLane: 2,
          sequencesPerLane: 2,
          maxPrefillTokensBesideDecodes: 64,
          longPrefillTokenThreshold: 0,
          enableChunkedPrefill: true,
          enablePrefixCaching: false,
          schedulingPolicy: 'fcfs',
          maxNumSeqs: 2,
          maxNumBatchedTokens: 16,
          maxModelLen: 32,
          eosTokenIds: [],
          numBlocks: 4,
          seed: 0,
        },
      }),
    );
  });
  afterEach(async () => {
    await client.shutdown();
    rank.close();
    for (const path of paths) removeRing(path);
  });

  /** Adds the request; resolves with its outputs, or rejects with its error. */
  function run(requestId = 'r'): Promise<EngineCoreOutput[]> {
    const finished = new Deferred<EngineCoreOutput[]>();
    const outputs: EngineCoreOutput[] = [];
    const sink = {
      onOutput: (output: EngineCoreOutput) => {
        outputs.push(output);
        if (output.finishReason !== undefined) finished.resolve(outputs);
      },
      onError: (error: Error) => finished.reject(error),
    };
    client.addRequest({ ...request, requestId }, sink);
    return finished.promise;
  }

  it('sends plans and delivers the tokens that come back', async () => {
    const outputs = run();
    const prefill = await rank.nextPlan();
    expect([...prefill.passes[0]!.tokenIds]).toEqual([5, 6, 7]);
    await rank.answer(prefill, 11);
    const decode = await rank.nextPlan();
    expect([...decode.passes[0]!.tokenIds]).toEqual([11]);
    await rank.answer(decode, 12);
    expect((await outputs).map(({ newTokenIds, finishReason }) => ({ newTokenIds, finishReason }))).toEqual([
      { newTokenIds: [11], finishReason: undefined },
      { newTokenIds: [12], finishReason: 'length' },
    ]);
  });

  it('calls an aborted request no more and takes the next one', async () => {
    const aborted = run();
    const plan = await rank.nextPlan();
    client.abortRequests(['r']);
    await rank.answer(plan, 11);
    const outputs = run('next');
    await rank.answer(await rank.nextPlan(), 21);
    await rank.answer(await rank.nextPlan(), 22);
    expect((await outputs).flatMap(({ newTokenIds }) => newTokenIds)).toEqual([21, 22]);
    await expect(Promise.race([aborted, 'pending'])).resolves.toBe('pending');
  });

  it('fails every request when the rank closes its rings, and later ones with the same cause', async () => {
    const failures: Error[] = [];
    client.onFailure((error) => failures.push(error));
    const outputs = run();
    await rank.nextPlan();
    rank.close();
    await expect(outputs).rejects.toThrow(ChannelClosedError);
    const error = await outputs.catch((cause: unknown) => cause);
    expect(failures).toEqual([error]);
    expect(() => client.addRequest(request, { onOutput: () => undefined, onError: () => undefined })).toThrow(
      expect.objectContaining({ code: 'RAY_ENGINE_DEAD', cause: error }),
    );
  });

  it('takes the failure of the rank that closed its rings for the cause, when it is told of it', async () => {
    const outputs = run();
    await rank.nextPlan();
    rank.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const error = new RankFailedError('Rank 0 was killed.');
    client.fail(error);
    await expect(outputs).rejects.toBe(error);
  });

  it('ends a blocked step at once when it is told that a rank died', async () => {
    const outputs = run();
    await rank.nextPlan();
    const error = new RankFailedError('Rank 0 was killed.');
    client.fail(error);
    await expect(outputs).rejects.toBe(error);
    await client.shutdown();
    expect(() => run()).toThrow(EngineDeadError);
  });

  it('refuses arguments that can not be sent, and holds no call open for them', async () => {
    const call = { method: 'collectiveRpc', workerMethod: 'describe', args: [() => 1] } as const;
    await expect(client.callUtility(call)).rejects.toThrow(InvalidArgumentError);
    await expect(client.callUtility({ method: 'stats' })).resolves.toMatchObject({ numRunningRequests: 0 });
  });

  it('fails a request that the engine core refuses, and goes on with the others', async () => {
    void run();
    const first = await rank.nextPlan();
    const again = run();
    await rank.answer(first, 21);
    await expect(again).rejects.toThrow('Request id r is already in use.');
    await rank.answer(await rank.nextPlan(), 22);
    await expect(client.callUtility({ method: 'stats' })).resolves.toMatchObject({ numRunningRequests: 0 });
  });

  it('can be shut down while a step is blocked', async () => {
    const outputs = run();
    await rank.nextPlan();
    await client.shutdown();
    await expect(outputs).rejects.toThrow('The engine was shut down before the request finished.');
  });
});

describe('EngineCoreClient.start', () => {
  it('rejects when the executor can not be built', async () => {
    const starting = EngineCoreClient.start(
      startEngineCoreThread({
        executor: {
          kind: 'ring',
          controlRingPaths: ['/dev/shm/ray-ts-test-missing'],
          outputRingPath: '/dev/shm/ray-ts-test-missing',
          maxConcurrentBatches: 1,
          spinMicroseconds: 0,
          abortFlag: createAbortFlag(),
          stepWords: new StepsInFlight().words,
        },
        scheduler: {
          numLanes: 1,
          slotsPerLane: 1,
          sequencesPerLane: 1,
          maxPrefillTokensBesideDecodes: 64,
          longPrefillTokenThreshold: 0,
          enableChunkedPrefill: true,
          enablePrefixCaching: false,
          schedulingPolicy: 'fcfs',
          maxNumSeqs: 1,
          maxNumBatchedTokens: 1,
          maxModelLen: 16,
          eosTokenIds: [],
          numBlocks: 1,
          seed: 0,
        },
      }),
    );
    await expect(starting).rejects.toMatchObject({ code: 'RAY_CHANNEL_CLOSED' });
  });
});
