import { Deferred } from '../../../../src/core/index.js';
import {
  type CallMessage,
  decodeValue,
  encodeValue,
  fromErrorDetail,
  type Reply,
  type ReplyMessage,
} from '../../../../src/rpc/index.js';
import { Mailbox } from '../../../../worker/actor/mailbox.js';
import { serveCalls } from '../../../../worker/actor/serve-calls.js';
import { FakeStream } from '../../../support/fake-stream.js';

class Base {
  inherited(): string {
    return 'from the base class';
  }
}

class Counter extends Base {
  readonly gate = new Deferred<void>();
  readonly field = 7;
  count = 0;

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
}

describe('serving calls', () => {
  let counter: Counter;
  let stream: FakeStream<CallMessage, ReplyMessage>;

  function serve(maxConcurrency = 1): void {
    counter = new Counter();
    stream = new FakeStream();
    const mailbox = new Mailbox(maxConcurrency);
    serveCalls(stream.asStream, { actorId: 'a1', className: 'Counter', instance: counter, mailbox });
    stream.deliver({ handshake: { actorId: 'a1', jobId: 'j1' }, calls: [] });
  }

  const call = (...calls: [method: string, ...args: unknown[]][]): void =>
    stream.deliver({
      calls: calls.map(([method, ...args], index) => ({ sequence: index + 1, method, args: encodeValue(args) })),
    });

  async function replies(): Promise<Reply[]> {
    await new Promise(setImmediate);
    return stream.sent.flatMap((message) => message.replies);
  }

  const outcomes = async (): Promise<unknown[]> =>
    (await replies()).map(({ result, error }) => (error ? fromErrorDetail(error) : decodeValue(result)));

  beforeEach(() => serve());

  it('answers calls in order, each by its number', async () => {
    call(['add', 2], ['add', 3], ['inherited']);
    expect(await outcomes()).toEqual([2, 5, 'from the base class']);
    expect((await replies()).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
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
    expect(stream.sent.map((message) => message.replies.length)).toEqual([1, 2]);
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
    expect((await replies()).map(({ sequence }) => sequence)).toEqual([2]);
    counter.gate.resolve();
    expect((await replies()).map(({ sequence }) => sequence)).toEqual([2, 1]);
  });

  it('answers a call that throws with its error, and goes on', async () => {
    call(['fail'], ['throwText'], ['add', 1]);
    expect(await outcomes()).toMatchObject([
      { code: 'RAY_TASK_ERROR', message: 'RangeError: too far' },
      { code: 'RAY_TASK_ERROR', details: { remoteMessage: 'just text' } },
      1,
    ]);
  });

  it('answers with an error when the result can not be sent', async () => {
    call(['give']);
    expect(await outcomes()).toMatchObject([{ code: 'RAY_INVALID_ARGUMENT' }]);
  });

  it.each(['missing', 'field', 'constructor', 'toString', 'hasOwnProperty', '__proto__', '__defineGetter__', 'then'])(
    'refuses to call %s, which is no method of the class',
    async (method) => {
      call([method]);
      expect(await outcomes()).toMatchObject([
        { code: 'RAY_INVALID_ARGUMENT', message: `Actor class Counter has no method ${method}.` },
      ]);
    },
  );

  it.each([
    ['no list', encodeValue('text')],
    ['cut off', { header: encodeValue([1, 2]).header.subarray(0, 2), segments: [] }],
    ['nothing', null],
  ])('answers with an error when the arguments are %s', async (_what, args) => {
    stream.deliver({ calls: [{ sequence: 1, method: 'add', args }] });
    expect(await outcomes()).toEqual([expect.any(Error)]);
    expect(counter.count).toBe(0);
  });

  it.each([
    [{ handshake: { actorId: 'a2', jobId: 'j1' }, calls: [] }, 'Actor a2 does not live here any more'],
    [{ calls: [] }, 'does not live here any more'],
  ])('refuses a stream that does not begin with its own actor', async (first, message) => {
    const other = new FakeStream<CallMessage, ReplyMessage>();
    const mailbox = new Mailbox(1);
    serveCalls(other.asStream, { actorId: 'a1', className: 'Counter', instance: counter, mailbox });
    other.deliver(first);
    expect(String(other.closedWith)).toContain(message);
    expect(String(other.closedWith)).toContain('this process runs actor a1. The call did not run.');
  });

  it('runs the calls of several callers in one order', async () => {
    const second = new FakeStream<CallMessage, ReplyMessage>();
    const mailbox = new Mailbox(1);
    const actor = { actorId: 'a1', className: 'Counter', instance: counter, mailbox };
    const first = new FakeStream<CallMessage, ReplyMessage>();
    for (const caller of [first, second]) {
      serveCalls(caller.asStream, actor);
      caller.deliver({ handshake: { actorId: 'a1', jobId: 'j1' }, calls: [] });
    }
    first.deliver({ calls: [{ sequence: 1, method: 'later', args: encodeValue(['x']) }] });
    second.deliver({ calls: [{ sequence: 1, method: 'add', args: encodeValue([1]) }] });
    await new Promise(setImmediate);
    expect(second.sent).toEqual([]);
    counter.gate.resolve();
    await new Promise(setImmediate);
    expect([first.sent.length, second.sent.length]).toEqual([1, 1]);
  });
});
