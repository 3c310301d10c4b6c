import {
  HeadUnavailableError,
  InvalidArgumentError,
  type RayError,
  UnauthenticatedError,
} from '../../../../src/core/index.js';
import { HeadSession, type SessionLease } from '../../../../src/rpc/index.js';
import { FakeStream } from '../../../support/fake-stream.js';

interface FromHead {
  readonly registered?: SessionLease;
  readonly heartbeat?: object;
  readonly headAddresses?: { readonly addresses: readonly string[] };
  readonly news?: string;
}
interface ToHead {
  readonly register?: { readonly attempt: number };
  readonly heartbeat?: { readonly clockMs: number; readonly roundTripMs: number };
  readonly goodbye?: object;
  readonly report?: string;
}

const LEASE_MS = 5_000;
const HEAD_LEASE_MS = 20_000;
const registered = { registered: { clusterId: 'c1', leaseMs: LEASE_MS, headLeaseMs: HEAD_LEASE_MS } };
const gone = new HeadUnavailableError('connection refused');

describe('a session with the head', () => {
  let streams: FakeStream<FromHead, ToHead>[];
  let heard: string[];
  let lost: RayError[];
  let session: HeadSession<FromHead, ToHead>;

  const latest = (): FakeStream<FromHead, ToHead> => streams.at(-1)!;

  beforeEach(() => {
    jest.useFakeTimers();
    streams = [];
    heard = [];
    lost = [];
    session = new HeadSession<FromHead, ToHead>({
      open: () => {
        const stream = new FakeStream<FromHead, ToHead>();
        streams.push(stream);
        return stream.asStream;
      },
      register: () => ({ register: { attempt: streams.length } }),
      address: 'head:6380',
      onHeadAddresses: (addresses) => heard.push(`heads ${addresses.join(' ')}`),
      onMessage: ({ news = 'heartbeat' }) => heard.push(news),
      onAttached: () => heard.push('attached'),
      onLost: (error) => lost.push(error),
    });
  });

  afterEach(async () => {
    const closed = session.close();
    await jest.runOnlyPendingTimersAsync();
    await closed;
    jest.useRealTimers();
  });

  it('registers with its first message and is attached when the head has answered', () => {
    expect(latest().sent).toEqual([{ register: { attempt: 1 } }]);
    expect(heard).toEqual([]);
    latest().deliver(registered);
    expect(heard).toEqual(['attached']);
    expect(session.lease).toEqual(registered.registered);
  });

  it('sends nothing, and takes nothing for true, before the head has let it in', () => {
    session.send({ report: 'early' });
    latest().deliver({ news: 'early' });
    expect(latest().sent).toHaveLength(1);
    expect(heard).toEqual([]);
  });

  it('delivers messages and sends heartbeats, several to a lease', async () => {
    latest().deliver(registered);
    latest().deliver({ news: 'n1' });
    expect(heard).toEqual(['attached', 'n1']);
    const answering = setInterval(() => latest().deliver({ heartbeat: {} }), 1_000);
    await jest.advanceTimersByTimeAsync(2 * LEASE_MS);
    clearInterval(answering);
    const numBeats = latest().sent.filter(({ heartbeat }) => heartbeat).length;
    expect(numBeats).toBeGreaterThanOrEqual(8);
    expect(numBeats).toBeLessThanOrEqual(12);
    expect(streams).toHaveLength(1);
  });

  it('says with every heartbeat how long the last one and its answer took', async () => {
    latest().deliver(registered);
    await jest.advanceTimersByTimeAsync(1_000);
    await jest.advanceTimersByTimeAsync(40);
    latest().deliver({ heartbeat: {} });
    await jest.advanceTimersByTimeAsync(1_000);
    const beats = latest().sent.flatMap(({ heartbeat }) => (heartbeat ? [heartbeat.roundTripMs] : []));
    expect(beats[0]).toBe(0);
    expect(beats[1]).toBeCloseTo(40);
    expect(heard).toEqual(['attached']);
  });

  it('hands on where heads stand by, with the registration and later', () => {
    latest().deliver({ registered: { ...registered.registered, headAddresses: { addresses: ['a:1', 'b:1'] } } });
    latest().deliver({ headAddresses: { addresses: ['a:1'] } });
    expect(heard).toEqual(['heads a:1 b:1', 'attached', 'heads a:1']);
  });

  it('is lost when another cluster answers where its own was, which it tells to forget it', async () => {
    latest().deliver(registered);
    latest().end(gone);
    await jest.advanceTimersByTimeAsync(1_000);
    latest().deliver({ registered: { ...registered.registered, clusterId: 'c2' } });
    expect(latest().sent.at(-1)).toEqual({ goodbye: {} });
    expect(lost.map(({ message }) => message)).toEqual([expect.stringContaining('(c2, before c1)')]);
  });

  it('leaves an address that does not answer for the next one', async () => {
    latest().deliver(registered);
    latest().end(gone);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(streams).toHaveLength(3);
    expect(streams[1]!.isEnded).toBe(true);
    expect(lost).toEqual([]);
  });

  it('comes back by itself when the stream breaks, and says everything again', async () => {
    latest().deliver(registered);
    latest().end(gone);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(streams).toHaveLength(2);
    expect(latest().sent).toEqual([{ register: { attempt: 2 } }]);
    latest().deliver(registered);
    expect(heard).toEqual(['attached', 'attached']);
    expect(lost).toEqual([]);
  });

  it('drops what is sent while the head is away', async () => {
    latest().deliver(registered);
    latest().end(gone);
    session.send({ report: 'lost' });
    await jest.advanceTimersByTimeAsync(1_000);
    session.send({ report: 'lost too' });
    expect(latest().sent).toEqual([{ register: { attempt: 2 } }]);
  });

  it('leaves a head that is silent for a lease, and tries again', async () => {
    latest().deliver(registered);
    await jest.advanceTimersByTimeAsync(LEASE_MS - 500);
    expect(latest().isEnded).toBe(false);
    await jest.advanceTimersByTimeAsync(1_500);
    expect(streams[0]!.closedWith).toBeInstanceOf(Error);
    expect(streams).toHaveLength(2);
  });

  it('ignores what a stream says that it has left', async () => {
    latest().deliver(registered);
    latest().end(gone);
    await jest.advanceTimersByTimeAsync(1_000);
    const [old] = streams;
    old!.deliver({ news: 'from before' });
    old!.deliver(registered);
    expect(heard).toEqual(['attached']);
    session.send({ report: 'not yet' });
    expect(old!.sent.some(({ report }) => report)).toBe(false);
  });

  it.each([
    ['token', new UnauthenticatedError('wrong token')],
    ['version', new InvalidArgumentError('another version')],
  ])('is lost at once when the head refuses its %s', async (_what, refusal) => {
    latest().end(refusal);
    expect(lost).toEqual([refusal]);
    await jest.advanceTimersByTimeAsync(2 * HEAD_LEASE_MS);
    expect(streams).toHaveLength(1);
    expect(lost).toHaveLength(1);
  });

  it('is lost when the head is away longer than it said, and not before', async () => {
    latest().deliver(registered);
    latest().end(gone);
    const refusing = setInterval(() => latest().end(gone), 100);
    await jest.advanceTimersByTimeAsync(HEAD_LEASE_MS - 1_000);
    expect(lost).toEqual([]);
    await jest.advanceTimersByTimeAsync(2_000);
    clearInterval(refusing);
    expect(lost).toHaveLength(1);
    expect(lost[0]).toBeInstanceOf(HeadUnavailableError);
    expect(lost[0]!.message).toMatch(/The head at head:6380 has been away for 20\.\d s/);
  });

  it('is lost when a head accepts the stream but never answers', async () => {
    await jest.advanceTimersByTimeAsync(11_000);
    expect(lost).toHaveLength(1);
    expect(latest().isEnded).toBe(true);
  });

  it('says goodbye when it is closed, waits until the head has heard it, and does not come back', async () => {
    latest().deliver(registered);
    await session.close();
    expect(latest().sent.at(-1)).toEqual({ goodbye: {} });
    expect(latest().closedWith).toBeNull();
    await jest.advanceTimersByTimeAsync(HEAD_LEASE_MS);
    expect(streams).toHaveLength(1);
    expect(lost).toEqual([]);
  });

  it('can be closed while the head is away, and twice', async () => {
    latest().end(gone);
    await session.close();
    await session.close();
    await jest.advanceTimersByTimeAsync(2 * HEAD_LEASE_MS);
    expect(streams).toHaveLength(1);
  });
});
