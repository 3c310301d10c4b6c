import { ActorUnavailableError, type ObjectId, OwnerDiedError } from '../../../../../src/core/index.js';
import type { BorrowerMessage, Draft, OwnerMessage } from '../../../../../src/rpc/index.js';
import { OwnerLine } from '../../../../../src/runtime/objects/owner-line.js';
import { FakeStream } from '../../../../support/fake-stream.js';

const GRACE_MS = 10_000;
const owner = { workerId: 'owner', rpcAddress: '127.0.0.1:9' };
const [a, b] = ['a' as ObjectId, 'b' as ObjectId];
const greeting: OwnerMessage = { borrowed: [], outcomes: [] };

/** A line whose owner, network and time are the test's. */
class LineLab {
  readonly streams: FakeStream<OwnerMessage, Draft<BorrowerMessage>>[] = [];
  readonly outcomes: string[] = [];
  readonly deaths: OwnerDiedError[] = [];
  isRefused = false;
  nowMs = 0;
  readonly line = new OwnerLine({
    owner,
    workerId: 'borrower',
    open: () => {
      const stream = new FakeStream<OwnerMessage, Draft<BorrowerMessage>>();
      this.streams.push(stream);
      return { stream: stream.asStream as never, close: () => undefined };
    },
    isRefused: async () => this.isRefused,
    onOutcome: ({ objectId }) => this.outcomes.push(objectId),
    onDied: (died) => this.deaths.push(died(a)),
    clock: { now: () => this.nowMs },
    graceMs: GRACE_MS,
  });

  get stream(): FakeStream<OwnerMessage, Draft<BorrowerMessage>> {
    return this.streams.at(-1)!;
  }

  /** Lets time pass, and what was to be said be said. */
  async pass(ms = 0): Promise<void> {
    this.nowMs += ms;
    await jest.advanceTimersByTimeAsync(ms);
  }

  /** Breaks the stream, until the line has looked what became of the owner. */
  async breakStream(error = new ActorUnavailableError('gone')): Promise<void> {
    this.stream.end(error);
    await this.pass();
  }
}

let lab: LineLab;

beforeEach(() => {
  jest.useFakeTimers();
  lab = new LineLab();
});
afterEach(() => {
  lab.line.close();
  jest.useRealTimers();
});

const borrowAndGreet = async (): Promise<void> => {
  lab.line.borrow(a);
  lab.line.want(a);
  await lab.pass();
  lab.stream.deliver({ borrowed: [a], outcomes: [] });
};

describe('OwnerLine', () => {
  it('opens one stream for all that is said in a turn, with who speaks to whom', async () => {
    lab.line.borrow(a);
    lab.line.borrow(b);
    lab.line.want(b);
    await lab.pass();
    const handshake = { workerId: 'borrower', ownerWorkerId: 'owner' };
    expect(lab.streams.map(({ sent }) => sent)).toEqual([
      [{ handshake, borrowed: [a, b], returned: [], wanted: [b], locations: [] }],
    ]);
  });

  it('says when a borrow counts', async () => {
    lab.line.borrow(a);
    let settled = 'no';
    void lab.line.acknowledged(a)?.then(() => {
      settled = 'yes';
    });
    await lab.pass();
    lab.stream.deliver(greeting);
    await lab.pass();
    expect(settled).toBe('no');
    lab.stream.deliver({ borrowed: [a], outcomes: [] });
    await lab.pass();
    expect([settled, lab.line.acknowledged(a)]).toEqual(['yes', undefined]);
  });

  it('keeps nobody waiting for a borrow that was given up before it counts', async () => {
    lab.line.borrow(a);
    const acknowledged = lab.line.acknowledged(a);
    lab.line.giveBack(a);
    await expect(acknowledged).resolves.toBeUndefined();
  });

  it('closes a stream on which nothing is left to say, and opens another when there is', async () => {
    await borrowAndGreet();
    lab.line.giveBack(a);
    await lab.pass();
    expect(lab.stream.sent.at(-1)).toMatchObject({ returned: [a] });
    await lab.pass(5_000);
    expect(lab.stream.closedWith).toBeNull();
    lab.line.borrow(b);
    await lab.pass();
    expect(lab.streams).toHaveLength(2);
    expect(lab.stream.sent).toMatchObject([{ borrowed: [b] }]);
  });
});

describe('when the stream breaks', () => {
  it('says everything again on the next one, if the owner is there', async () => {
    await borrowAndGreet();
    await lab.breakStream();
    await lab.pass(250);
    expect(lab.streams).toHaveLength(2);
    expect(lab.stream.sent).toMatchObject([{ handshake: { workerId: 'borrower' }, borrowed: [a], wanted: [a] }]);
    lab.stream.deliver(greeting);
    await lab.pass(GRACE_MS);
    expect(lab.deaths).toEqual([]);
  });

  it('takes the owner for dead at once when nobody listens at its address', async () => {
    await borrowAndGreet();
    lab.isRefused = true;
    await lab.breakStream();
    expect(lab.deaths).toMatchObject([{ code: 'RAY_OWNER_DIED', details: { objectId: a, ownerWorkerId: 'owner' } }]);
  });

  it('takes the owner for dead at once when another worker answers', async () => {
    await borrowAndGreet();
    await lab.breakStream();
    await lab.pass(250);
    await lab.breakStream(new OwnerDiedError('this is another worker'));
    expect(lab.deaths[0]?.message).toContain('another process has its address');
  });

  it('gives up when the grace is over, also on streams that open and stay silent', async () => {
    await borrowAndGreet();
    await lab.breakStream();
    await lab.pass(250);
    await lab.pass(GRACE_MS - 300);
    expect([lab.streams.length, lab.deaths]).toEqual([2, []]);
    await lab.pass(100);
    expect(lab.deaths[0]?.message).toContain('could not be reached for 10 s');
  });

  it('has nobody wait for acknowledgements of a dead owner', async () => {
    lab.line.borrow(a);
    const acknowledged = lab.line.acknowledged(a);
    await lab.pass();
    lab.isRefused = true;
    await lab.breakStream();
    await expect(acknowledged).resolves.toBeUndefined();
    expect(lab.line.acknowledged(b)).toBeUndefined();
  });

  it('lets it be when nothing is borrowed', async () => {
    await borrowAndGreet();
    lab.line.giveBack(a);
    await lab.pass();
    await lab.breakStream();
    await lab.pass(GRACE_MS);
    expect([lab.streams.length, lab.deaths]).toEqual([1, []]);
  });
});
