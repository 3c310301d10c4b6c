import { SamplingParams, type SamplingParamsInit } from '../../../../src/llm/sampling-params.js';

const create = (init: object) => new SamplingParams(init as SamplingParamsInit);

describe('SamplingParams', () => {
  it("has vLLM's defaults", () => {
    expect(new SamplingParams()).toMatchObject({
      n: 1,
      temperature: 1,
      topP: 1,
      topK: 0,
      seed: undefined,
      maxTokens: 16,
      minTokens: 0,
      stop: [],
      stopTokenIds: [],
      ignoreEos: false,
      logprobs: undefined,
      detokenize: true,
      skipSpecialTokens: true,
      includeStopStrInOutput: false,
      truncatePromptTokens: undefined,
      outputKind: 'cumulative',
      presencePenalty: 0,
      frequencyPenalty: 0,
      repetitionPenalty: 1,
      minP: 0,
      badWords: [],
      promptLogprobs: undefined,
      spacesBetweenSpecialTokens: true,
      structuredOutputs: undefined,
      logitBias: new Map(),
      allowedTokenIds: undefined,
      extraArgs: undefined,
      skipReadingPrefixCache: false,
    });
  });

  it('makes a list of a single stop string', () => {
    expect(create({ stop: 'END' }).stop).toEqual(['END']);
  });

  it('is greedy at a temperature of nearly 0, whatever the filters say', () => {
    expect(create({ temperature: 1e-6, topP: 0.5, topK: 3, minP: 0.1 })).toMatchObject({
      temperature: 0,
      topP: 1,
      topK: 0,
      minP: 0,
    });
  });

  it('raises a very small temperature to 0.01', () => {
    expect(create({ temperature: 0.001 }).temperature).toBe(0.01);
  });

  it('reads -1 as disabled', () => {
    expect(create({ topK: -1, seed: -1 })).toMatchObject({ topK: 0, seed: undefined });
  });

  it('reads true as one log-probability', () => {
    expect(create({ logprobs: true, promptLogprobs: true })).toMatchObject({ logprobs: 1, promptLogprobs: 1 });
  });

  it('takes biases as a map or an object, and no larger than 100', () => {
    const biases = [create({ logitBias: { 7: -200 } }), create({ logitBias: new Map([[7, -100]]) })];
    expect(biases.map(({ logitBias }) => [...logitBias])).toEqual([[[7, -100]], [[7, -100]]]);
  });

  it.each([
    [{ presencePenalty: 2.1 }, 'presencePenalty must be in [-2, 2], got 2.1.'],
    [{ frequencyPenalty: -3 }, 'frequencyPenalty must be in [-2, 2], got -3.'],
    [{ repetitionPenalty: 0 }, 'repetitionPenalty must be greater than zero, got 0.'],
    [{ minP: 1.5 }, 'minP must be in [0, 1], got 1.5.'],
    [{ badWords: [''] }, 'badWords must be a list of strings, none of them empty, got [""].'],
    [
      { promptLogprobs: -2 },
      'promptLogprobs must be an integer of at least 0, or -1 for the whole vocabulary, got -2.',
    ],
    [{ allowedTokenIds: [] }, 'allowedTokenIds must be a list of at least one token id, got [].'],
    [{ logitBias: { x: 1 } }, 'logitBias must be a number for each of some token ids, got {"x":1}.'],
    [{ logitBias: { 1: Number.NaN } }, 'logitBias must be a number for each of some token ids'],
    [{ logitsProcessors: [] }, 'logitsProcessors must be left out: logits processors of a request are not supported'],
    [{ structuredOutputs: {} }, 'You must use one kind of structured outputs constraint but none are specified.'],
    [{ structuredOutputs: { regex: 'a', choice: ['b'] } }, 'multiple are specified: regex, choice.'],
    [{ temperature: -1 }, 'temperature must be a non-negative number, got -1.'],
    [{ topP: 0 }, 'topP must be in (0, 1], got 0.'],
    [{ topP: 1.1 }, 'topP must be in (0, 1], got 1.1.'],
    [{ topK: -2 }, 'topK must be an integer from 0 (disable)'],
    [{ maxTokens: 0 }, 'maxTokens must be an integer of at least 1, or null for no limit, got 0.'],
    [{ minTokens: 17 }, 'minTokens must be less than or equal to maxTokens=16, got 17.'],
    [{ stop: ['a', ''] }, 'stop must be a string or a list of strings, none of them empty, got ["a",""].'],
    [{ logprobs: -2 }, 'logprobs must be an integer of at least 0, or -1 for the whole vocabulary, got -2.'],
    [{ seed: 0.5 }, 'seed must be an integer, got 0.5.'],
    [{ n: 0 }, 'n must be an integer from 1 to 4096, got 0.'],
    [{ n: 2, temperature: 0 }, 'n must be 1 when using greedy sampling, got 2.'],
    [{ truncatePromptTokens: 0 }, 'truncatePromptTokens must be an integer of at least 1, or -1'],
    [{ outputKind: 'all' }, "outputKind must be one of 'cumulative', 'delta', 'final-only', got"],
    [{ temperature: Number.NaN }, 'temperature must be a non-negative number, got NaN.'],
    [{ stop: 'x', detokenize: false }, 'stop strings are only supported when detokenize is true.'],
    [{ promptLogprobs: 0, skipReadingPrefixCache: false }, 'skipReadingPrefixCache must be true with promptLogprobs'],
    [{ top_p: 0.5 }, 'Unknown sampling parameter top_p. Did you mean topP?'],
  ])('refuses %j', (init, message) => {
    expect(() => create(init)).toThrow(message);
  });
});
