import { wait } from '../../../../src/api/wait.js';
import { TaskError } from '../../../../src/core/index.js';
import { encodeValue, type StreamItem } from '../../../../src/rpc/index.js';
import { ObjectRefGenerator } from '../../../../src/runtime/calls/object-ref-generator.js';
import { ResultStream } from '../../../../src/runtime/calls/result-stream.js';
import { entryOf, ObjectRef } from '../../../../src/runtime/objects/object-ref.js';
import { currentRuntime } from '../../../../src/runtime/runtime.js';
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

  describe('for generators', () => {
    const generator = () => {
      const stream = new ResultStream(currentRuntime().objects, never());
      return { stream, items: new ObjectRefGenerator<number>(stream, () => stream.abandon()) };
    };
    const item = (index: number): StreamItem => ({ index, result: { value: encodeValue(index) } });

    it('calls one ready when its next item can be taken, as often as there is one', async () => {
      const { stream, items } = generator();
      const other = never<string>();
      const waiting = wait([other, items]);
      void stream.accept(item(0));
      expect(await waiting).toEqual([[items], [other]]);
      await items.next();
      const again = wait([items], { timeoutMs: 50 });
      await jest.advanceTimersByTimeAsync(50);
      expect(await again).toEqual([[], [items]]);
    });

    it('takes nothing from them', async () => {
      const { stream, items } = generator();
      void stream.accept(item(0));
      expect(await wait([items, never()])).toMatchObject([[items], [{}]]);
      expect(stream.numTaken).toBe(0);
      expect(await items.next()).toMatchObject({ done: false });
    });

    it('calls one ready that has ended, in order or with an error', async () => {
      const [ended, failing] = [generator(), generator()];
      const waiting = wait([ended.items, failing.items], { numReturns: 2 });
      ended.stream.complete(0);
      failing.stream.fail(new TaskError('nothing more'));
      expect(await waiting).toEqual([[ended.items, failing.items], []]);
    });

    it('refuses one that is given twice', async () => {
      const { items } = generator();
      await expect(wait([items, items])).rejects.toThrow('unique');
      const different = wait([items, items.completed()], { timeoutMs: 50 });
      await jest.advanceTimersByTimeAsync(50);
      expect((await different)[1]).toHaveLength(2);
    });
  });

  it('has nothing to wait for without refs', async () => {
    expect(await wait([])).toEqual([[], []]);
  });

  it('refuses refs that repeat and a number of returns that there are not', async () => {
    const ref = ready(1);
    await expect(wait([ref, ref])).rejects.toThrow('unique');
    await expect(wait([ref, new ObjectRef(entryOf(ref))])).rejects.toThrow('unique');
    await expect(wait([1 as never])).rejects.toThrow('array of ObjectRefs and ObjectRefGenerators');
    for (const numReturns of [0, 2, 1.5]) {
      await expect(wait([ref], { numReturns })).rejects.toThrow('numReturns must be a whole number from 1 to 1');
    }
    await expect(wait([ref], { timeoutMs: -5 })).rejects.toThrow('timeoutMs');
  });
});
