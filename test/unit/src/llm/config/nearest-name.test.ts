import { nearestName } from '../../../../../src/llm/config/nearest-name.js';

describe('nearestName', () => {
  const candidates = ['temperature', 'topP', 'topK', 'maxTokens'];

  it('finds a name that is a typing error away', () => {
    expect(nearestName('temprature', candidates)).toBe('temperature');
  });

  it('finds a name in another spelling', () => {
    expect(nearestName('max_tokens', candidates)).toBe('maxTokens');
    expect(nearestName('TOP-K', candidates)).toBe('topK');
  });

  it('finds nothing when all names are far', () => {
    expect(nearestName('presencePenalty', candidates)).toBeUndefined();
  });
});
