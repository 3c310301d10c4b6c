import type { EngineCoreOutput } from '../../../../src/llm/engine/engine-core-request.js';
import { RequestOutputBuilder } from '../../../../src/llm/request-output-builder.js';
import { SamplingParams, type SamplingParamsInit } from '../../../../src/llm/sampling-params.js';
import type { TokenDecoder } from '../../../../src/llm/tokenizer/incremental-detokenizer.js';

/** Token i is the character with that code. */
const decoder: TokenDecoder = { decode: (tokenIds) => String.fromCharCode(...tokenIds) };

const build = (init: SamplingParamsInit = {}) =>
  new RequestOutputBuilder(
    '7',
    { prompt: 'p', promptTokenIds: [112], cacheSalt: undefined },
    new SamplingParams(init),
    decoder,
  );

const output = (text: string, end: Partial<EngineCoreOutput> = {}): EngineCoreOutput => ({
  requestId: '7',
  newTokenIds: [...text].map((character) => character.charCodeAt(0)),
  newLogprobs: [],
  finishReason: undefined,
  stopReason: undefined,
  ...end,
});

describe('RequestOutputBuilder', () => {
  it('collects tokens and text into one completion', () => {
    const builder = build();
    expect(builder.add(output('a'))).toEqual({ index: 0, text: 'a', tokenIds: [97] });
    expect(builder.isFinished).toBe(false);
    builder.add(output('b', { finishReason: 'length' }));
    expect(builder.build()).toEqual({
      requestId: '7',
      prompt: 'p',
      promptTokenIds: [112],
      promptLogprobs: undefined,
      finished: true,
      metrics: undefined,
      numCachedTokens: undefined,
      outputs: [
        {
          index: 0,
          text: 'ab',
          tokenIds: [97, 98],
          cumulativeLogprob: undefined,
          logprobs: undefined,
          finishReason: 'length',
          stopReason: undefined,
        },
      ],
    });
  });

  it('leaves the stop token out of the text but not out of the tokens', () => {
    const builder = build({ stopTokenIds: [33] });
    builder.add(output('a'));
    builder.add(output('!', { finishReason: 'stop', stopReason: 33 }));
    expect(builder.build().outputs[0]).toMatchObject({ text: 'a', tokenIds: [97, 33], stopReason: 33 });
  });

  it('keeps the stop token in the text when asked to', () => {
    const builder = build({ includeStopStrInOutput: true });
    builder.add(output('!', { finishReason: 'stop' }));
    expect(builder.build().outputs[0]!.text).toBe('!');
  });

  it('finishes at a stop string that the engine knows nothing of', () => {
    const builder = build({ stop: 'END' });
    for (const character of 'xEND') builder.add(output(character));
    expect(builder.isFinished).toBe(true);
    expect(builder.build().outputs[0]).toMatchObject({ text: 'x', finishReason: 'stop', stopReason: 'END' });
  });

  it('delivers the held back beginning of a stop string with the last token', () => {
    const builder = build({ stop: 'END' });
    expect(builder.add(output('EN', { finishReason: 'length' })).text).toBe('EN');
  });

  it('makes no text without detokenize', () => {
    const builder = build({ detokenize: false });
    expect(builder.add(output('a'))).toEqual({ index: 0, text: '', tokenIds: [97] });
  });

  it('reports log-probabilities with the rank of the likeliest tokens', () => {
    const builder = build({ logprobs: 2 });
    const logprobs = { logprob: -3, rank: 5, topTokenIds: [98, 99], topLogprobs: [-0.5, -1] };
    builder.add(output('a', { newLogprobs: [logprobs] }));
    const [completion] = builder.build().outputs;
    expect(completion!.cumulativeLogprob).toBe(-3);
    expect([...completion!.logprobs![0]!]).toEqual([
      [97, { logprob: -3, rank: 5, decodedToken: 'a' }],
      [98, { logprob: -0.5, rank: 1, decodedToken: 'b' }],
      [99, { logprob: -1, rank: 2, decodedToken: 'c' }],
    ]);
  });

  describe('when the prompt is reported on', () => {
    const report = { logprob: -2, rank: 3, topTokenIds: [65], topLogprobs: [-0.25] };
    const withReport = () =>
      new RequestOutputBuilder(
        '7',
        { prompt: 'pq', promptTokenIds: [112, 113], cacheSalt: undefined },
        new SamplingParams({ promptLogprobs: 1 }),
        decoder,
      );
    const expected = [
      undefined,
      new Map([
        [113, { logprob: -2, rank: 3, decodedToken: 'q' }],
        [65, { logprob: -0.25, rank: 1, decodedToken: 'A' }],
      ]),
    ];

    it('knows nothing of the first token, and of the others what the engine says', () => {
      const builder = withReport();
      builder.add(output('a', { newPromptLogprobs: [report] }));
      expect(builder.build().promptLogprobs).toEqual(expected);
    });

    it('says it with the first delta only', () => {
      const builder = withReport();
      builder.add(output('a', { newPromptLogprobs: [report] }));
      expect(builder.buildStreamed(0, 'delta')!.promptLogprobs).toEqual(expected);
      builder.add(output('b'));
      expect(builder.buildStreamed(0, 'delta')!.promptLogprobs).toBeUndefined();
    });
  });
});
