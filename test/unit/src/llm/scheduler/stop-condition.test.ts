import type { RequestSampling } from '../../../../../src/llm/engine/engine-core-request.js';
import { createRequest } from '../../../../../src/llm/scheduler/create-request.js';
import type { Request } from '../../../../../src/llm/scheduler/request.js';
import { checkStop } from '../../../../../src/llm/scheduler/stop-condition.js';
import { coreRequest, EOS } from './scheduler-fixture.js';

/** A request with a prompt of 2 tokens and this output. */
const requestWith = (output: number[], sampling: Partial<RequestSampling>): Request => {
  const request = createRequest(coreRequest('r', 2, sampling), 0, 0);
  request.tokenIds.push(...output);
  return request;
};

const check = (output: number[], sampling: Partial<RequestSampling> = {}, maxModelLen = 64) =>
  checkStop(requestWith(output, sampling), { maxModelLen, eosTokenIds: [EOS, 3] });

describe('checkStop', () => {
  it('goes on after an ordinary token', () => {
    expect(check([7])).toBeUndefined();
  });

  it.each([EOS, 3])("stops at the model's end token %i without a stop reason", (tokenId) => {
    expect(check([7, tokenId])).toEqual({ status: 'FINISHED_STOPPED', stopReason: undefined });
  });

  it('stops at a stop token and names it', () => {
    expect(check([9], { stopTokenIds: [9] })).toEqual({ status: 'FINISHED_STOPPED', stopReason: 9 });
  });

  it('goes on after an end token that is ignored', () => {
    expect(check([EOS], { ignoreEos: true })).toBeUndefined();
    expect(check([EOS], { ignoreEos: true, stopTokenIds: [EOS] })).toMatchObject({ stopReason: EOS });
  });

  it('does not stop before minTokens', () => {
    expect(check([EOS], { minTokens: 2 })).toBeUndefined();
    expect(check([7, EOS], { minTokens: 2 })).toMatchObject({ status: 'FINISHED_STOPPED' });
  });

  it('is capped by maxTokens and by the length of the model', () => {
    expect(check([7, 7], { maxTokens: 2 })).toEqual({ status: 'FINISHED_LENGTH_CAPPED', stopReason: undefined });
    expect(check([7, 7], {}, 4)).toMatchObject({ status: 'FINISHED_LENGTH_CAPPED' });
    expect(check([7, 7], { minTokens: 5 }, 4)).toMatchObject({ status: 'FINISHED_LENGTH_CAPPED' });
  });

  it('reports a stop rather than a length when both apply', () => {
    expect(check([7, EOS], { maxTokens: 2 })).toMatchObject({ status: 'FINISHED_STOPPED' });
  });
});
