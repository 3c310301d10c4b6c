import { childRequests } from '../../../../src/llm/child-requests.js';
import { coreRequest } from './scheduler/scheduler-fixture.js';

describe('childRequests', () => {
  it('leaves a request with one completion as it is', () => {
    const parent = coreRequest('p', 3);
    expect(childRequests(parent, 1)).toEqual([parent]);
  });

  it('gives every child an id of its own and the seed after its elder', () => {
    const children = childRequests(coreRequest('p', 3, { seed: 7 }), 3);
    expect(children.map(({ requestId, sampling }) => [requestId, sampling.seed])).toEqual([
      ['0_p', 7],
      ['1_p', 8],
      ['2_p', 9],
    ]);
  });

  it('leaves the seeds to the engine when there is none', () => {
    const children = childRequests(coreRequest('p', 3, { seed: undefined }), 2);
    expect(children.map(({ sampling }) => sampling.seed)).toEqual([undefined, undefined]);
  });

  it('has the first child alone report on the prompt', () => {
    const children = childRequests(coreRequest('p', 3, { numPromptLogprobs: 2 }), 3);
    expect(children.map(({ sampling }) => sampling.numPromptLogprobs)).toEqual([2, -1, -1]);
  });
});
