import type {
  EngineCoreRequest,
  RequestConstraints,
  RequestSampling,
} from '../../../../../src/llm/engine/engine-core-request.js';
import type { SchedulerConfig } from '../../../../../src/llm/scheduler/scheduler-config.js';
import type { Pass, PromptLogprobs, SampledToken, StepOutput, StepPlan } from '../../../../../src/llm/step-plan.js';

export const EOS = 2;

export const schedulerConfig = (changes: Partial<SchedulerConfig> = {}): SchedulerConfig => ({
  numLanes: 1,
  slotsPerLane: 8,
  sequencesPerLane: 4,
  maxNumSeqs: 4,
  maxNumBatchedTokens: 64,
  maxPrefillTokensBesideDecodes: 64,
  longPrefillTokenThreshold: 0,
  enableChunkedPrefill: true,
  enablePrefixCaching: true,
  schedulingPolicy: 'fcfs',
  maxModelLen: 64,
  eosTokenIds: [EOS],
  numBlocks: 16,
  seed: 0,
  ...changes,
});

/** Constraints that change nothing but by what is given. */
export const requestConstraints = (changes: Partial<RequestConstraints> = {}): RequestConstraints => ({
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  allowedTokenIds: [],
  badWordsTokenIds: [],
  logitBias: [],
  ...changes,
});

const requestSampling = (changes: Partial<RequestSampling> = {}): RequestSampling => ({
  temperature: 0,
  topP: 1,
  minP: 0,
  topK: 0,
  seed: undefined,
  maxTokens: 16,
  minTokens: 0,
  stopTokenIds: [],
  ignoreEos: false,
  numLogprobs: -1,
  numPromptLogprobs: -1,
  skipReadingPrefixCache: false,
  ...changes,
});

/** A request whose prompt is `promptLength` tokens counted up from `firstToken`. */
export const coreRequest = (
  requestId: string,
  promptLength: number,
  sampling: Partial<RequestSampling> = {},
  firstToken = 100,
): EngineCoreRequest => ({
  requestId,
  promptTokenIds: Array.from({ length: promptLength }, (_, index) => firstToken + index),
  sampling: requestSampling(sampling),
  priority: 0,
  cacheSalt: undefined,
  arrivalTime: 0,
});

const sampledToken = (slot: number, tokenId: number): SampledToken => ({
  slot,
  tokenId,
  logprob: -1,
  rank: 1,
  topTokenIds: new Int32Array(0),
  topLogprobs: new Float32Array(0),
});

/** An answer to what a pass wants to know of its prompt: nothing but zeros, as many as asked for. */
function promptLogprobsOf({ firstSlot, promptLogprobs: spec }: Pass): PromptLogprobs[] {
  if (spec === undefined) return [];
  const numPositions = spec.targetTokenIds.length;
  return [
    {
      slot: firstSlot,
      logprobs: new Float32Array(numPositions),
      ranks: new Int32Array(numPositions),
      topTokenIds: new Int32Array(numPositions * spec.numLogprobs),
      topLogprobs: new Float32Array(numPositions * spec.numLogprobs),
    },
  ];
}

/** Answers a plan, with a token that may depend on the slot. */
export function answer(plan: StepPlan, tokenOfSlot: (slot: number) => number = () => 7): StepOutput {
  const sampledTokens = plan.passes.flatMap((pass) =>
    Array.from(pass.sampledRows, (isSampled, row) => ({ isSampled, slot: pass.firstSlot + row }))
      .filter(({ isSampled }) => isSampled === 1)
      .map(({ slot }) => sampledToken(slot, tokenOfSlot(slot))),
  );
  const promptLogprobs = plan.passes.flatMap(promptLogprobsOf);
  const { stepId } = plan;
  return promptLogprobs.length === 0 ? { stepId, sampledTokens } : { stepId, sampledTokens, promptLogprobs };
}
