import { get } from '../../../../src/api/get.js';
import { GetTimeoutError, InvalidArgumentError, TaskError } from '../../../../src/core/index.js';
import { failed, never, ready, reject, resolve, startUnconnectedRuntime } from '../../../support/settled-refs.js';

startUnconnectedRuntime();

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('get', () => {
  it('gives the value of one ref, and the values of several in their order', async () => {
    expect(await get(ready('a'))).toBe('a');
    const late = never<number>();
    const values = get([late, ready('b')]);
    resolve(late, 1);
    expect(await values).toEqual([1, 'b']);
    expect(await get([])).toEqual([]);
  });

  it('gives every caller a value of its own', async () => {
    const ref = ready({ list: [1], bytes: Uint8Array.of(1) });
    const first = await get(ref);
    first.list.push(2);
    first.bytes[0] = 9;
    expect(await get(ref)).toEqual({ list: [1], bytes: Uint8Array.of(1) });
  });

  it('throws the first error without waiting for the rest, also one that is there already', async () => {
    const error = new TaskError('second');
    await expect(get([never(), failed(error)])).rejects.toBe(error);
    const late = never();
    const outcome = expect(get([never(), late])).rejects.toBe(error);
    reject(late, error);
    await outcome;
    await expect(get(failed(error))).rejects.toBe(error);
  });

  it('gives up after the timeout, and leaves no timer behind otherwise', async () => {
    const waiting = get(never(), { timeoutMs: 50 });
    const outcome = expect(waiting).rejects.toThrow(GetTimeoutError);
    await jest.advanceTimersByTimeAsync(50);
    await outcome;
    await get([ready(1)], { timeoutMs: 1_000 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('probes with the timeout 0: what is there comes, what is not throws', async () => {
    expect(await get(ready(1), { timeoutMs: 0 })).toBe(1);
    const outcome = expect(get([ready(1), never()], { timeoutMs: 0 })).rejects.toThrow(GetTimeoutError);
    await jest.advanceTimersByTimeAsync(0);
    await outcome;
  });

  it('waits for ever with a timeout that no timer holds', async () => {
    const late = never<number>();
    const value = get(late, { timeoutMs: Number.POSITIVE_INFINITY });
    await jest.advanceTimersByTimeAsync(1_000);
    resolve(late, 7);
    expect(await value).toBe(7);
  });

  it('refuses what is no ref, and a timeout that is none', async () => {
    await expect(get([ready(1), 2 as never])).rejects.toThrow(InvalidArgumentError);
    await expect(get(2 as never)).rejects.toThrow('takes an ObjectRef');
    await expect(get(ready(1), { timeoutMs: -1 })).rejects.toThrow(InvalidArgumentError);
    await expect(get(ready(1), { timeoutMs: Number.NaN })).rejects.toThrow(InvalidArgumentError);
  });
});
