import { checkRequestSampling } from '../../../../src/llm/check-request-sampling.js';
import type { RequestSampling } from '../../../../src/llm/engine/engine-core-request.js';
import { requestSampling } from '../../../../src/llm/request-sampling.js';
import { SamplingParams, type SamplingParamsInit } from '../../../../src/llm/sampling-params.js';

/** A character is the token of its code. */
const tokenizer = { encode: (text: string) => [...text].map((character) => character.charCodeAt(0)) };

const translate = (init: SamplingParamsInit): RequestSampling =>
  requestSampling(new SamplingParams(init), { maxOutputTokens: 77, vocabSize: 200, tokenizer });

describe('requestSampling', () => {
  it('has no constraints where nothing changes the logits', () => {
    expect(translate({ temperature: 0.5, minP: 0.1, stopTokenIds: [3] }).constraints).toBeUndefined();
  });

  it.each<[SamplingParamsInit, object]>([
    [{ repetitionPenalty: 1.5 }, { repetitionPenalty: 1.5, frequencyPenalty: 0, presencePenalty: 0 }],
    [{ frequencyPenalty: -2 }, { frequencyPenalty: -2 }],
    [{ presencePenalty: 0.5 }, { presencePenalty: 0.5 }],
    [{ badWords: ['ab'] }, { badWordsTokenIds: [[97, 98]] }],
    [{ allowedTokenIds: [5, 6, 5] }, { allowedTokenIds: [5, 6] }],
    [
      { logitBias: { 4: 3, 5: -700 } },
      {
        logitBias: [
          [4, 3],
          [5, -100],
        ],
      },
    ],
    [{ logitBias: new Map([[9, 101]]) }, { logitBias: [[9, 100]] }],
  ])('constrains by %j', (init, constraints) => {
    expect(translate(init).constraints).toMatchObject(constraints);
  });

  it('takes as many tokens as the model leaves when there is no limit', () => {
    expect([translate({ maxTokens: null }).maxTokens, translate({ maxTokens: 3 }).maxTokens]).toEqual([77, 3]);
  });

  it('counts log-probabilities: none, the own, some, or the whole vocabulary', () => {
    const counts = ([undefined, 0, 5, -1, true] as const).map((logprobs) => translate({ logprobs }).numLogprobs);
    expect(counts).toEqual([-1, 0, 5, 200, 1]);
  });

  it('reads no cache where the prompt is reported on, or where it is asked not to', () => {
    const skips = [{}, { promptLogprobs: 0 }, { skipReadingPrefixCache: true }].map(
      (init) => translate(init).skipReadingPrefixCache,
    );
    expect(skips).toEqual([false, true, true]);
  });
});

describe('checkRequestSampling', () => {
  const limits = { vocabSize: 200, maxLogprobs: 20, canReportPrompts: true };

  it('takes what fits the model', () => {
    const init = { logitBias: { 199: 1 }, allowedTokenIds: [199], badWords: ['z'], stopTokenIds: [199], logprobs: 20 };
    expect(() => checkRequestSampling(translate(init), limits)).not.toThrow();
  });

  it.each<[SamplingParamsInit, string]>([
    [{ stopTokenIds: [200] }, 'stopTokenIds must be token ids below 200, got 200.'],
    [{ logitBias: { 3: 1, 201: 1 } }, 'logitBias must be token ids below 200, got 201.'],
    [{ allowedTokenIds: [1, 500] }, 'allowedTokenIds must be token ids below 200, got 500.'],
    [{ badWords: ['\u0190'] }, 'badWords must be token ids below 200, got 400.'],
    [{ badWords: ['a'.repeat(20_000)] }, 'badWords must be at most 16384 tokens together, got '],
    [{ logprobs: 21 }, 'Requested sample logprobs of 21, which is greater than max allowed: 20.'],
    [{ promptLogprobs: -1 }, 'Requested prompt logprobs of 200, which is greater than max allowed: 20.'],
  ])('refuses %j', (init, message) => {
    expect(() => checkRequestSampling(translate(init), limits)).toThrow(message);
  });

  it('refuses reports on prompts where the device can make none', () => {
    const sampling = translate({ promptLogprobs: 1 });
    expect(() => checkRequestSampling(sampling, { ...limits, canReportPrompts: false })).toThrow(
      "promptLogprobs are not supported with device 'webgpu'.",
    );
  });
});
