import fc from 'fast-check';
import { EngineCore } from '../../../../../src/llm/engine/engine-core.js';
import type { EngineCoreOutput, EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import type { SchedulerConfig } from '../../../../../src/llm/scheduler/scheduler-config.js';
import { schedulerFaults } from '../../../../../src/llm/scheduler/scheduler-invariants.js';
import { coreRequest, requestConstraints, schedulerConfig } from './scheduler-fixture.js';
import { fakeLogprob, nextToken, SlotCacheExecutor } from './slot-cache-executor.js';

interface Arrival {
  readonly atStep: number;
  readonly promptLength: number;
  readonly maxTokens: number;
  readonly abortAfterSteps: number | undefined;
  readonly priority: number;
  /** Which of a few texts the prompt begins with, and for how many tokens; the rest is the request's own. */
  readonly sharedText: number;
  readonly numSharedTokens: number;
  readonly cacheSalt: string | undefined;
  readonly numPromptLogprobs: number;
  readonly hasPenalty: boolean;
}

const arrivals = fc.array(
  fc.record({
    atStep: fc.nat(30),
    promptLength: fc.integer({ min: 1, max: 50 }),
    maxTokens: fc.integer({ min: 1, max: 40 }),
    abortAfterSteps: fc.option(fc.nat(20), { nil: undefined, freq: 4 }),
    priority: fc.nat(2),
    sharedText: fc.nat(1),
    numSharedTokens: fc.nat(50),
    cacheSalt: fc.constantFrom(undefined, undefined, 'salt'),
    numPromptLogprobs: fc.constantFrom(-1, -1, 0, 3),
    hasPenalty: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
);

const configs = fc
  .record({
    numLanes: fc.integer({ min: 1, max: 3 }),
    sequencesPerLane: fc.integer({ min: 1, max: 4 }),
    cacheSlotsPerLane: fc.nat(4),
    extraTokens: fc.nat(40),
    extraBlocks: fc.nat(12),
    spareSeqs: fc.nat(3),
    maxPrefillTokensBesideDecodes: fc.integer({ min: 1, max: 40 }),
    longPrefillTokenThreshold: fc.constantFrom(0, 0, 5, 16),
    enableChunkedPrefill: fc.boolean(),
    enablePrefixCaching: fc.constantFrom(true, true, false),
    schedulingPolicy: fc.constantFrom('fcfs' as const, 'priority' as const),
  })
  .map(({ cacheSlotsPerLane, extraTokens, extraBlocks, spareSeqs, ...config }) => {
    const { numLanes, sequencesPerLane, enableChunkedPrefill } = config;
    const maxNumSeqs = Math.max(1, numLanes * sequencesPerLane - spareSeqs);
    return schedulerConfig({
      ...config,
      slotsPerLane: sequencesPerLane + cacheSlotsPerLane,
      maxNumSeqs,
      maxNumBatchedTokens: (enableChunkedPrefill ? maxNumSeqs : 64) + extraTokens,
      maxModelLen: 64,
      numBlocks: 4 + extraBlocks,
      eosTokenIds: [],
    });
  });

/** Behind what it shares, every request has tokens of its own, so that another one's are never right by chance. */
function workloadRequest(index: number, arrival: Arrival): EngineCoreRequest {
  const { promptLength, maxTokens, sharedText, numSharedTokens, priority, cacheSalt, atStep, numPromptLogprobs } =
    arrival;
  const sampling = {
    maxTokens,
    seed: index,
    numPromptLogprobs,
    skipReadingPrefixCache: numPromptLogprobs >= 0,
    constraints: arrival.hasPenalty ? requestConstraints({ repetitionPenalty: 1.5 }) : undefined,
  };
  const request = coreRequest(`r${index}`, promptLength, sampling, 1000 * (index + 1));
  const promptTokenIds = request.promptTokenIds.map((tokenId, position) =>
    position < numSharedTokens ? 100 * sharedText + position : tokenId,
  );
  return { ...request, promptTokenIds, priority, cacheSalt, arrivalTime: atStep };
}

const MAX_STEPS = 20_000;

/** Runs the arrivals to their end and returns every request's outputs; checks the scheduler after every step. */
function runWorkload(config: SchedulerConfig, workload: readonly Arrival[]): Map<string, EngineCoreOutput[]> {
  const scheduler = new Scheduler(config);
  const executor = new SlotCacheExecutor(config);
  const core = new EngineCore(scheduler, executor);
  const outputs = new Map(workload.map((_, index) => [`r${index}`, [] as EngineCoreOutput[]]));
  const isDone = (step: number) => workload.every(({ atStep }) => atStep < step) && !core.hasWork();
  for (let step = 0; !isDone(step); step++) {
    if (step === MAX_STEPS) throw new Error('The workload does not end.');
    workload.forEach((arrival, index) => {
      const { atStep, abortAfterSteps } = arrival;
      if (atStep === step) core.addRequest(workloadRequest(index, arrival));
      if (abortAfterSteps !== undefined && atStep + abortAfterSteps === step) core.abortRequest(`r${index}`);
    });
    for (const output of core.step()) outputs.get(output.requestId)!.push(output);
    expect(schedulerFaults(scheduler)).toEqual([]);
  }
  expect(scheduler.stats()).toMatchObject({ numRunningRequests: 0, numWaitingRequests: 0, kvCacheUsage: 0 });
  return outputs;
}

/** What the fake model continues a prompt with, computed without an engine. */
function expectedTokens(arrival: Arrival, index: number): number[] {
  const { promptLength, maxTokens } = arrival;
  const tokens = [...workloadRequest(index, arrival).promptTokenIds];
  const numTokens = Math.min(maxTokens, 64 - promptLength);
  for (let count = 0; count < numTokens; count++) tokens.push(nextToken(index, tokens));
  return tokens.slice(promptLength);
}

/** Of every token of the prompt but the first, what the fake model says of it after those before. */
function expectedReport(arrival: Arrival, index: number): [logprob: number, rank: number][] | undefined {
  if (arrival.numPromptLogprobs < 0) return undefined;
  const { promptTokenIds } = workloadRequest(index, arrival);
  return promptTokenIds
    .map((tokenId, position): [number, number] => [fakeLogprob(promptTokenIds.slice(0, position)), tokenId])
    .slice(1);
}

describe('a random workload', () => {
  it('gives every request the tokens and the report on its prompt that it would get alone, and ends', () => {
    fc.assert(
      fc.property(configs, arrivals, (config, workload) => {
        const outputs = runWorkload(config, workload);
        workload.forEach((arrival, index) => {
          const tokens = outputs.get(`r${index}`)!.flatMap(({ newTokenIds }) => newTokenIds);
          const expected = expectedTokens(arrival, index);
          expect(tokens).toEqual(arrival.abortAfterSteps === undefined ? expected : expected.slice(0, tokens.length));
          const [first] = outputs.get(`r${index}`)!;
          const report = first?.newPromptLogprobs?.map(({ logprob, rank }) => [logprob, rank]);
          expect(report).toEqual(first && expectedReport(arrival, index));
        });
      }),
      { numRuns: 300 },
    );
  });
});
