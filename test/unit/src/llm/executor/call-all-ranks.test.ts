import { DeadlineExceededError } from '../../../../../src/core/index.js';
import { callAllRanks } from '../../../../../src/llm/executor/call-all-ranks.js';

const never = new Promise<string>(() => undefined);

describe('calling all ranks', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('answers in rank order, whoever answers first', async () => {
    const late = new Promise<string>((resolve) => setTimeout(resolve, 50, 'rank 0'));
    const answers = callAllRanks('describe', [late, Promise.resolve('rank 1')], 100);
    await jest.advanceTimersByTimeAsync(50);
    expect(await answers).toEqual(['rank 0', 'rank 1']);
  });

  it('names the ranks that are silent when time is up', async () => {
    const answers = callAllRanks('The health check', [never, Promise.resolve(''), never], 100);
    const failure = expect(answers).rejects.toThrow(
      new DeadlineExceededError(
        'The health check was not answered by ranks 0, 2 within 100 ms. The others have answered.',
      ),
    );
    await jest.advanceTimersByTimeAsync(100);
    await failure;
  });

  it("fails with a rank's own error at once", async () => {
    await expect(callAllRanks('it', [never, Promise.reject(new Error('no weights'))], 100)).rejects.toThrow(
      'no weights',
    );
  });

  it('waits for ever without a limit', async () => {
    const late = new Promise<string>((resolve) => setTimeout(resolve, 1e6, 'at last'));
    const answers = callAllRanks('it', [late], undefined);
    await jest.advanceTimersByTimeAsync(1e6);
    expect(await answers).toEqual(['at last']);
  });
});
