import { wait } from '../../../../src/api/wait.js';
import { TaskError } from '../../../../src/core/index.js';
import { entryOf, ObjectRef } from '../../../../src/runtime/objects/object-ref.js';
import { failed, never, ready, resolve, startUnconnectedRuntime } from '../../../support/settled-refs.js';

startUnconnectedRuntime();

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
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

  it('waits for those that come later, and can be asked again', async () => {
    const late = never<string>();
    const waiting = wait([late, never()]);
    resolve(late, 'now');
    expect((await waiting)[0]).toEqual([late]);
    expect((await wait([late]))[0]).toEqual([late]);
  });

  it('has nothing to wait for without refs', async () => {
    expect(await wait([])).toEqual([[], []]);
  });

  it('refuses refs that repeat and a number of returns that there are not', async () => {
    const ref = ready(1);
    await expect(wait([ref, ref])).rejects.toThrow('unique');
    await expect(wait([ref, new ObjectRef(entryOf(ref))])).rejects.toThrow('unique');
    await expect(wait([1 as never])).rejects.toThrow('array of ObjectRefs');
    for (const numReturns of [0, 2, 1.5]) {
      await expect(wait([ref], { numReturns })).rejects.toThrow('numReturns must be a whole number from 1 to 1');
    }
    await expect(wait([ref], { timeoutMs: -5 })).rejects.toThrow('timeoutMs');
  });
});
