import { ActorDiedError, ChannelClosedError, RankFailedError } from '../../../../../src/core/index.js';
import { rootFailure } from '../../../../../src/llm/executor/root-failure.js';

const alive = new Promise<never>(() => undefined);
const broken = (name: string) => new RankFailedError(name, { cause: new ChannelClosedError('a neighbour is gone') });
const killed = new RankFailedError('killed', { cause: new ActorDiedError('it died') });

/** A failure that is heard of at a time. */
const at = (ms: number, error: RankFailedError): Promise<RankFailedError> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(error), ms);
  });

describe('rootFailure', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is the first failure when that stands for itself', async () => {
    const root = rootFailure([alive, at(0, killed), at(10, broken('left'))], 100);
    await jest.advanceTimersByTimeAsync(0);
    expect(await root).toBe(killed);
  });

  it('is the death that a broken channel announced', async () => {
    const root = rootFailure([at(0, broken('left')), at(10, broken('right')), at(50, killed)], 100);
    await jest.advanceTimersByTimeAsync(50);
    expect(await root).toBe(killed);
  });

  it('is the first broken channel when nobody else fails in time', async () => {
    const left = broken('left');
    const root = rootFailure([alive, at(0, left), at(10, broken('right'))], 100);
    await jest.advanceTimersByTimeAsync(100);
    expect(await root).toBe(left);
  });
});
