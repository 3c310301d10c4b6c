import { Deferred } from '../../../../src/core/index.js';
import {
  type Call,
  type CallMessage,
  decodeValue,
  encodeValue,
  fromErrorDetail,
  type Reply,
  type ReplyMessage,
} from '../../../../src/rpc/index.js';
import { currentTask } from '../../../../src/runtime/calls/current-task.js';
import { ConcurrencyGroups } from '../../../../worker/actor/concurrency-groups.js';
import { serveCalls } from '../../../../worker/actor/serve-calls.js';
import { ServedActor } from '../../../../worker/actor/served-actor.js';
import { FakeObjects } from '../../../support/fake-objects.js';
import { FakeStream } from '../../../support/fake-stream.js';

const CALLER = 'c'.repeat(28);

class Base {
  inherited(): string {
    return 'from the base class';
  }
}

class Counter extends Base {
  readonly gate = new Deferred<void>();
  readonly field = 7;
  count = 0;
  numMade = 0;
  wasReturned = false;

  add(k: number): number {
    this.count += k;
    return this.count;
  }

  async later(value: unknown): Promise<unknown> {
    await this.gate.promise;
    return value;
  }

  fail(): never {
    throw new RangeError('too far');
  }

  give(): unknown {
    return () => 1;
  }

  throwText(): never {
    throw 'just text';
  }

  pair(): number[] {
    return [1, 2];
  }

  async untilCancelled(): Promise<string> {
    const { signal } = currentTask()!;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return 'heard it';
  }

  taskName(): string | undefined {
    return currentTask()?.name;
  }

  *items(count: number, failAt = -1): Generator<number> {
    try {
      for (let n = 0; n < count; n++) {
        if (n === failAt) throw new RangeError('no more');
        this.numMade++;
        yield n;
      }
    } finally {
      this.wasReturned = true;
    }
  }
}

describe('serving calls', () => {
  let counter: Counter;
  let stream: FakeStream<CallMessage, ReplyMessage>;
  let objects: FakeObjects;
  let cancelledParents: string[];
  let sequence: number;

  function serve(maxConcurrency = 1): void {
    counter = new Counter();
    objects = new FakeObjects();
    cancelledParents = [];
    sequence = 0;
    const groups = new ConcurrencyGroups({ maxConcurrency, groups: { io: 1 }, methodGroups: { inherited: 'io' } });
    const actor = new ServedActor({
      actorId: 'a1',
      workerId: 'w1',
      className: 'Counter',
      placementGroupId: 'g1',
      instance: counter,
      groups,
      exit: () => undefined,
    });
    connect(actor);
  }

  function connect(actor: ServedActor, handshake: object = { actorId: 'a1', workerId: CALLER }): void {
    stream = new FakeStream();
    serveCalls(stream.asStream, actor, { objects, cancelChildren: (taskId) => cancelledParents.push(taskId) });
    stream.deliver({ ...message(), handshake: handshake as CallMessage['handshake'] });
  }

  const message = (parts: Partial<CallMessage> = {}): CallMessage => ({
    calls: [],
    cancel: [],
    cancelAlone: [],
    consumed: [],
    recall: [],
    released: [],
    ...parts,
  });

  function callOf(method: string, args: readonly unknown[], more: Partial<Call> = {}): Call {
    sequence++;
    return {
      sequence,
      method,
      args: encodeValue(args),
      storedArgs: [],
      numReturns: 1,
      backpressure: 0,
      concurrencyGroup: '',
      attempt: 0,
      capturedPlacementGroupId: '',
      parentTaskId: '',
      objectNumber: sequence,
      ...more,
    };
  }

  const call = (...calls: [method: string, ...args: unknown[]][]): void =>
    stream.deliver(message({ calls: calls.map(([method, ...args]) => callOf(method, args)) }));

  async function replies(): Promise<Reply[]> {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return stream.sent.flatMap((sent) => sent.replies);
  }

  const outcomeOf = ({ result, error, results, item, streamEnd }: Reply): unknown => {
    if (error) return fromErrorDetail(error);
    if (results) return results.results.map(({ value }) => decodeValue(value));
    if (item) return { item: decodeValue(item.result?.value), index: item.index };
    return typeof streamEnd === 'number' ? { end: streamEnd } : decodeValue(result);
  };

  const outcomes = async (): Promise<unknown[]> => (await replies()).map(outcomeOf);

  beforeEach(() => serve());

  it('answers calls in order, each by its number', async () => {
    call(['add', 2], ['add', 3], ['taskName']);
    expect(await outcomes()).toEqual([2, 5, 'Counter.taskName']);
    expect((await replies()).map((reply) => reply.sequence)).toEqual([1, 2, 3]);
  });

  it('sends the replies of one turn as one message', async () => {
    call(['add', 1], ['add', 1], ['add', 1]);
    await replies();
    expect(stream.sent).toHaveLength(1);
  });

  it('sends replies that are too large to go together as several messages', async () => {
    serve(8);
    const large = new Uint8Array(700_000);
    call(['later', large], ['later', large], ['later', 'small']);
    counter.gate.resolve();
    await replies();
    expect(stream.sent.map((sent) => sent.replies.length)).toEqual([1, 2]);
  });

  it('keeps the next call waiting for the one that runs', async () => {
    call(['later', 'x'], ['add', 1]);
    expect(await outcomes()).toEqual([]);
    expect(counter.count).toBe(0);
    counter.gate.resolve();
    expect(await outcomes()).toEqual(['x', 1]);
  });

  it('answers out of order what runs at once', async () => {
    serve(2);
    call(['later', 'x'], ['add', 1]);
    expect((await replies()).map((reply) => reply.sequence)).toEqual([2]);
  });

  it('lets a concurrency group go past a call of another one', async () => {
    call(['later', 'x'], ['inherited']);
    expect(await outcomes()).toEqual(['from the base class']);
    stream.deliver(message({ calls: [callOf('add', [1], { concurrencyGroup: 'io' })] }));
    expect(await outcomes()).toEqual(['from the base class', 1]);
  });

  it('refuses a concurrency group that the actor does not have', async () => {
    stream.deliver(message({ calls: [callOf('add', [1], { concurrencyGroup: 'gpu' })] }));
    expect(await outcomes()).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/no .*gpu.*has: io/) }),
    ]);
  });

  it('answers with what a method threw, and goes on', async () => {
    call(['fail'], ['throwText'], ['add', 1]);
    const [failed, text, sum] = await outcomes();
    expect(failed).toMatchObject({
      code: 'RAY_TASK_ERROR',
      details: { remoteName: 'RangeError', remoteMessage: 'too far', remoteClasses: 'RangeError Error' },
    });
    expect(text).toMatchObject({ code: 'RAY_TASK_ERROR', message: 'Error: just text' });
    expect(sum).toBe(1);
  });

  it('refuses a result that can not travel', async () => {
    call(['give'], ['add', 1]);
    expect(await outcomes()).toEqual([expect.objectContaining({ code: 'RAY_INVALID_ARGUMENT' }), 1]);
  });

  it.each(['missing', 'field', 'constructor', 'toString', 'hasOwnProperty', '__proto__', '__defineGetter__', 'then'])(
    'has no method %s',
    async (name) => {
      call([name]);
      expect(await outcomes()).toEqual([
        expect.objectContaining({ message: expect.stringMatching(`no method ${name}`) }),
      ]);
    },
  );

  it('refuses a caller that means another actor, or an earlier process of this one', () => {
    const actor = new ServedActor({
      actorId: 'a1',
      workerId: 'w1',
      className: 'Counter',
      placementGroupId: 'g1',
      instance: counter,
      groups: new ConcurrencyGroups({ maxConcurrency: 1, groups: {}, methodGroups: {} }),
      exit: () => undefined,
    });
    connect(actor, { actorId: 'a2', workerId: CALLER });
    expect(String(stream.closedWith)).toMatch(/does not live here/);
    connect(actor, { actorId: 'a1', workerId: CALLER, targetWorkerId: 'w0' });
    expect(String(stream.closedWith)).toMatch(/was restarted/);
    connect(actor, { actorId: 'a1', workerId: CALLER, targetWorkerId: 'w1' });
    expect(stream.closedWith).toBeUndefined();
  });

  it.each([
    ['no list', encodeValue('text')],
    ['cut off', { header: encodeValue([1, 2]).header.subarray(0, 2), segments: [], references: [] }],
    ['nothing', null],
  ])('answers with an error when the arguments are %s', async (_what, args) => {
    stream.deliver(message({ calls: [callOf('add', [], { args })] }));
    expect(await outcomes()).toEqual([expect.any(Error)]);
    expect(counter.count).toBe(0);
  });

  it('runs the calls of several callers in one order', async () => {
    const groups = new ConcurrencyGroups({ maxConcurrency: 1, groups: {}, methodGroups: {} });
    const facts = {
      actorId: 'a1',
      workerId: 'w1',
      className: 'Counter',
      placementGroupId: 'g1',
      instance: counter,
      exit: () => undefined,
    };
    const actor = new ServedActor({ ...facts, groups });
    connect(actor);
    const first = stream;
    call(['later', 'x']);
    connect(actor);
    call(['add', 1]);
    expect(await outcomes()).toEqual([]);
    counter.gate.resolve();
    expect(await outcomes()).toEqual([1]);
    expect(first.sent).toHaveLength(1);
  });

  describe('of a call whose argument is stored', () => {
    const storedCall = (): Call =>
      callOf('add', [undefined], { storedArgs: [{ position: 0, objectId: 'o1' } as never] });

    it('starts it when the argument is there, and the calls behind it after it', async () => {
      const argument = new Deferred<number>();
      objects.stored.set('o1', argument.promise);
      stream.deliver(message({ calls: [storedCall(), callOf('add', [1])] }));
      expect(await outcomes()).toEqual([]);
      argument.resolve(10);
      expect(await outcomes()).toEqual([10, 11]);
    });

    it('fails it alone when the argument can not be had', async () => {
      objects.stored.set('o1', Promise.reject(new RangeError('lost')));
      stream.deliver(message({ calls: [storedCall(), callOf('add', [1])] }));
      expect(await outcomes()).toEqual([expect.objectContaining({ message: 'RangeError: lost' }), 1]);
    });
  });

  describe('with several returns', () => {
    it('answers with each of them', async () => {
      stream.deliver(message({ calls: [callOf('pair', [], { numReturns: 2 })] }));
      expect(await outcomes()).toEqual([[1, 2]]);
    });

    it('refuses another number of them', async () => {
      stream.deliver(message({ calls: [callOf('pair', [], { numReturns: 3 })] }));
      expect(await outcomes()).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/array of 3 values.*returned an array of 2/) }),
      ]);
    });
  });

  describe('that is cancelled', () => {
    it('never runs when it waits', async () => {
      call(['later', 'x'], ['add', 1]);
      stream.deliver(message({ cancel: [2] }));
      const [cancelled] = await outcomes();
      expect(cancelled).toMatchObject({ code: 'RAY_TASK_CANCELLED', details: { mayHaveRun: false } });
      counter.gate.resolve();
      await replies();
      expect(counter.count).toBe(0);
    });

    it('is told when it runs, and what it has submitted is cancelled', async () => {
      call(['untilCancelled']);
      stream.deliver(message({ cancel: [1] }));
      expect(await outcomes()).toEqual(['heard it']);
      expect(cancelledParents).toEqual([`${CALLER}00000001`]);
    });

    it('leaves what it has submitted alone if so wished', async () => {
      call(['untilCancelled']);
      stream.deliver(message({ cancelAlone: [1] }));
      expect(await outcomes()).toEqual(['heard it']);
      expect(cancelledParents).toEqual([]);
    });
  });

  describe('that the caller takes back', () => {
    it('answers so if it has not begun, and goes on if it has', async () => {
      call(['later', 'x'], ['add', 1]);
      stream.deliver(message({ recall: [1, 2] }));
      expect(await outcomes()).toEqual([
        expect.objectContaining({ details: expect.objectContaining({ recalled: true }) }),
      ]);
      counter.gate.resolve();
      expect((await outcomes()).at(-1)).toBe('x');
      expect(counter.count).toBe(0);
    });
  });

  describe('that streams', () => {
    const streaming = (args: readonly unknown[], backpressure = 0): void =>
      stream.deliver(message({ calls: [callOf('items', args, { numReturns: -1, backpressure })] }));

    it('sends each item, and how many there were', async () => {
      streaming([2]);
      expect(await outcomes()).toEqual([{ item: 0, index: 0 }, { item: 1, index: 1 }, { end: 2 }]);
    });

    it('sends the error of the producer after its items', async () => {
      streaming([3, 1]);
      expect(await outcomes()).toEqual([{ item: 0, index: 0 }, expect.objectContaining({ code: 'RAY_TASK_ERROR' })]);
    });

    it('makes no more items ahead than the caller allows', async () => {
      streaming([5], 2);
      await replies();
      expect(counter.numMade).toBe(2);
      stream.deliver(message({ consumed: [{ sequence: 1, numConsumed: 1 }] }));
      await replies();
      expect(counter.numMade).toBe(3);
    });

    it('ends the producer when it is cancelled', async () => {
      streaming([5], 1);
      await replies();
      stream.deliver(message({ cancel: [1] }));
      expect((await outcomes()).at(-1)).toMatchObject({ code: 'RAY_TASK_CANCELLED' });
      expect(counter.wasReturned).toBe(true);
    });

    it('ends the producer when the caller is gone', async () => {
      streaming([5], 1);
      await replies();
      stream.end();
      await replies();
      expect(counter.wasReturned).toBe(true);
    });

    it('refuses what is no stream', async () => {
      stream.deliver(message({ calls: [callOf('add', [1], { numReturns: -1 })] }));
      expect(await outcomes()).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/stream of items/) }),
      ]);
    });
  });
});
