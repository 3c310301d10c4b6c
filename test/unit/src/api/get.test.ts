import { get, wait } from '../../../../src/api/get.js';
import { Deferred, GetTimeoutError, InvalidArgumentError, TaskError } from '../../../../src/core/index.js';
import { ObjectRef } from '../../../../src/runtime/objects/object-ref.js';

const ready = <T>(value: T): ObjectRef<T> => new ObjectRef(Promise.resolve(value));
const failed = (error: Error): ObjectRef<never> => new ObjectRef(Promise.reject(error));
const never = (): ObjectRef<never> => new ObjectRef(new Promise<never>(() => undefined));

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('get', () => {
  it('gives the value of one ref, and the values of several in their order', async () => {
    expect(await get(ready('a'))).toBe('a');
    const late = new Deferred<number>();
    const values = get([new ObjectRef(late.promise), ready('b')]);
    late.resolve(1);
    expect(await values).toEqual([1, 'b']);
    expect(await get([])).toEqual([]);
  });

  it('throws the first error without waiting for the rest', async () => {
    const error = new TaskError('second');
    await expect(get([never(), failed(error)])).rejects.toBe(error);
  });

  it('gives up after the timeout, and leaves no timer behind otherwise', async () => {
    const waiting = get(never(), { timeoutMs: 50 });
    const outcome = expect(waiting).rejects.toThrow(GetTimeoutError);
    await jest.advanceTimersByTimeAsync(50);
    await outcome;
    await get(ready(1), { timeoutMs: 1_000 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives a value that is there although the timeout is 0', async () => {
    const value = get(ready(1), { timeoutMs: 0 });
    await jest.advanceTimersByTimeAsync(0);
    expect(await value).toBe(1);
  });

  it('waits for ever with a timeout that no timer holds', async () => {
    const late = new Deferred<number>();
    const value = get(new ObjectRef(late.promise), { timeoutMs: Number.POSITIVE_INFINITY });
    await jest.advanceTimersByTimeAsync(1_000);
    late.resolve(7);
    expect(await value).toBe(7);
  });

  it('refuses what is no ref, and a timeout that is none', async () => {
    await expect(get([ready(1), 2 as never])).rejects.toThrow(InvalidArgumentError);
    await expect(get(ready(1), { timeoutMs: -1 })).rejects.toThrow(InvalidArgumentError);
    await expect(get(ready(1), { timeoutMs: Number.NaN })).rejects.toThrow(InvalidArgumentError);
  });
});

describe('wait', () => {
  it('gives those that are ready first, in the order given, and the rest', async () => {
    const refs = [never(), ready('b'), never(), ready('d')];
    const [done, rest] = await wait(refs as ObjectRef<string>[], { numReturns: 2 });
    expect(done).toEqual([refs[1], refs[3]]);
    expect(rest).toEqual([refs[0], refs[2]]);
  });

  it('gives no more than were asked for, although more are ready', async () => {
    const refs = [ready(1), ready(2), ready(3)];
    const [done, rest] = await wait(refs);
    expect(done).toEqual([refs[0]]);
    expect(rest).toEqual([refs[1], refs[2]]);
  });

  it('counts a failed ref as ready', async () => {
    const ref = failed(new TaskError('x'));
    expect(await wait([ref])).toEqual([[ref], []]);
  });

  it('gives what is ready when the time is over', async () => {
    const refs = [ready(1), never()] as ObjectRef<number>[];
    const outcome = wait(refs, { numReturns: 2, timeoutMs: 50 });
    await jest.advanceTimersByTimeAsync(50);
    expect(await outcome).toEqual([[refs[0]], [refs[1]]]);
  });

  it('has nothing to wait for without refs', async () => {
    expect(await wait([])).toEqual([[], []]);
  });

  it('refuses refs that repeat and a number of returns that there are not', async () => {
    const ref = ready(1);
    await expect(wait([ref, ref])).rejects.toThrow('unique');
    for (const numReturns of [0, 2, 1.5]) {
      await expect(wait([ref], { numReturns })).rejects.toThrow('numReturns must be a whole number from 1 to 1');
    }
    await expect(wait([ref], { timeoutMs: -5 })).rejects.toThrow('timeoutMs');
  });
});
