import { boundedByStore } from '../../../../head/services/bounded-by-store.js';
import type { StateJournal } from '../../../../head/state-journal.js';
import { Deferred, StoreUnavailableError } from '../../../../src/core/index.js';

describe('a call of the head that waits for its store', () => {
  let awayMs: number;
  let work: Deferred<object>;
  let call: () => Promise<unknown>;
  beforeEach(() => {
    jest.useFakeTimers();
    awayMs = 0;
    work = new Deferred();
    const journal = {
      get storeAwayMs() {
        return awayMs;
      },
    } as StateJournal;
    const handlers = boundedByStore({ killActor: () => work.promise }, journal, 5_000);
    call = () => handlers.killActor!({} as never, new AbortController().signal);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('fails by name when the store is away for too long', async () => {
    const answer = expect(call()).rejects.toThrow(StoreUnavailableError);
    awayMs = 5_000;
    await jest.advanceTimersByTimeAsync(5_000);
    await answer;
  });

  it('may take longer while the store is there', async () => {
    const answer = call();
    await jest.advanceTimersByTimeAsync(20_000);
    work.resolve({});
    expect(await answer).toEqual({});
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fails with its own error', async () => {
    const answer = call();
    work.reject(new TypeError('wrong'));
    await expect(answer).rejects.toThrow('wrong');
  });
});
