import { completionLines } from '../../../../src/cli/completion-lines.js';
import type { RequestOutput } from '../../../../src/llm/outputs.js';
import { SamplingParams } from '../../../../src/llm/sampling-params.js';

const entry = (logprob: number, rank: number) => ({ logprob, rank, decodedToken: '' });

const output: RequestOutput = {
  requestId: '0',
  prompt: 'p',
  promptTokenIds: [5, 6],
  promptLogprobs: [
    undefined,
    new Map([
      [6, entry(-4, 9)],
      [1, entry(-0.5, 1)],
    ]),
  ],
  outputs: [
    {
      index: 0,
      text: 'x',
      tokenIds: [8],
      cumulativeLogprob: -3,
      logprobs: [
        new Map([
          [8, entry(-3, 7)],
          [2, entry(-0.25, 1)],
          [3, entry(-1, 2)],
        ]),
      ],
      finishReason: 'length',
      stopReason: undefined,
    },
  ],
  finished: true,
  metrics: undefined,
  numCachedTokens: 0,
};

describe('completionLines', () => {
  it('lists the reported tokens by rank, the chosen one among them however unlikely it was', () => {
    const [line] = completionLines(3, output, new SamplingParams({ logprobs: 2, promptLogprobs: 1 }));
    expect(line).toMatchObject({
      index: 3,
      token_ids: [8],
      cumulative_logprob: -3,
      logprobs: [
        [
          [2, -0.25],
          [3, -1],
          [8, -3],
        ],
      ],
      prompt_logprobs: [
        null,
        [
          [1, -0.5],
          [6, -4],
        ],
      ],
    });
  });
});
