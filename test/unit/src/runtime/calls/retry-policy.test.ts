import { TaskCancelledError, TaskError } from '../../../../../src/core/index.js';
import { mayRetry, retryDelayMs, SYSTEM_FAILURE } from '../../../../../src/runtime/calls/retry-policy.js';

const thrown = (remoteClasses: string) => ({
  kind: 'application' as const,
  error: new TaskError('It threw.', { details: { remoteName: 'Error', remoteClasses } }),
});

describe('trying a call again', () => {
  it('happens after a system failure as often as the policy says', () => {
    const policy = { maxRetries: 2, exceptions: false };
    expect([0, 1, 2].map((attempt) => mayRetry(policy, attempt, SYSTEM_FAILURE))).toEqual([true, true, false]);
    expect(mayRetry({ maxRetries: -1, exceptions: false }, 1_000, SYSTEM_FAILURE)).toBe(true);
    expect(mayRetry({ maxRetries: 0, exceptions: true }, 0, SYSTEM_FAILURE)).toBe(false);
  });

  it('happens after an error only if that is wished, for all or for some classes and what extends them', () => {
    const of = (exceptions: boolean | string[]) =>
      mayRetry({ maxRetries: 1, exceptions }, 0, thrown('TooEarlyError TimeError Error'));
    expect([false, true, ['TimeError'], ['TooEarlyError'], ['RangeError']].map((value) => of(value))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  it('never happens to a call that was cancelled', () => {
    const error = new TaskCancelledError('It was cancelled.');
    expect(mayRetry({ maxRetries: -1, exceptions: true }, 0, { kind: 'application', error })).toBe(false);
  });

  it('waits twice as long each time, up to 5 s', () => {
    expect([1, 2, 3, 7, 50].map(retryDelayMs)).toEqual([100, 200, 400, 5_000, 5_000]);
  });
});
