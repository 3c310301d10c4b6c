import { ChannelClosedError, DeadlineExceededError, RankFailedError } from '../../../../src/core/index.js';
import {
  type JoinRendezvousOptions,
  joinRendezvous,
  type PeerGone,
  type Rendezvous,
} from '../../../../src/distributed/index.js';
import { RendezvousPeerProcess } from '../../../support/fork-rendezvous-peer.js';

const facts = { configHash: 'a', config: { tensorParallelSize: 2 } };
const credentials = { token: 'the-secret-of-this-world' };
const base = { address: '127.0.0.1:0', worldSize: 2, credentials, facts, timeoutMs: 20_000 };

const opened: Rendezvous[] = [];

/** Rank 0, and its address once it listens. */
function startHost(options: Partial<JoinRendezvousOptions> = {}) {
  let joined!: Promise<Rendezvous>;
  const address = new Promise<string>((resolve) => {
    joined = joinRendezvous({ ...base, rank: 0, ...options, onListening: resolve });
    joined.then(
      (member) => opened.push(member),
      () => undefined,
    );
  });
  return { address, joined };
}

async function openWorld(worldSize: number): Promise<Rendezvous[]> {
  const host = startHost({ worldSize });
  const address = await host.address;
  const others = Array.from({ length: worldSize - 1 }, (_, index) =>
    joinRendezvous({ ...base, worldSize, rank: index + 1, address }),
  );
  const members = await Promise.all([host.joined, ...others]);
  opened.push(...members);
  return members;
}

afterEach(async () => {
  RendezvousPeerProcess.killAll();
  for (const member of opened.splice(0).toReversed()) await member.close();
});

describe('a rendezvous', () => {
  it('shares keys, and lets those wait who come before the key', async () => {
    const [zero, one] = (await openWorld(2)) as [Rendezvous, Rendezvous];
    expect(await one.get('unknown')).toBeUndefined();
    const waited = zero.waitFor('greeting');
    await one.put('greeting', 'hello');
    expect(await waited).toBe('hello');
    expect(await zero.get('greeting')).toBe('hello');
    await zero.delete('greeting');
    expect(await zero.get('greeting')).toBeUndefined();
  });

  it('gathers what all ranks give, in order of rank, as often as it is asked to', async () => {
    const members = await openWorld(3);
    for (const round of [1, 2]) {
      const gathered = await Promise.all(
        members.map((member) => member.allGather('blocks', { n: member.rank * round })),
      );
      for (const values of gathered) expect(values).toEqual([{ n: 0 }, { n: round }, { n: 2 * round }]);
    }
  });

  it('names who did not come to a barrier', async () => {
    const [zero] = (await openWorld(3)) as [Rendezvous];
    const failure = zero.barrier('start', { timeoutMs: 1 });
    await expect(failure).rejects.toThrow(DeadlineExceededError);
    await expect(zero.barrier('start', { timeoutMs: 1 })).rejects.toThrow(
      new RegExp(`gathering start.*rank 1 \\(host .*, pid ${process.pid}\\), rank 2`),
    );
  });

  it('carries questions to the member that is asked, and its answers and errors back', async () => {
    const [zero, one] = (await openWorld(2)) as [Rendezvous, Rendezvous];
    one.onQuestion('double', (body, from) => `${Number(body) * 2} for ${from}`);
    one.onQuestion('fail', () => {
      throw new ChannelClosedError('no more');
    });
    expect(await zero.ask(1, 'double', '21')).toBe('42 for 0');
    await expect(zero.ask(1, 'fail', '')).rejects.toThrow(ChannelClosedError);
    await expect(zero.ask(1, 'other', '')).rejects.toThrow('answers no questions about other');
  });

  it('tells waits that need it when a member leaves in order, and nobody else', async () => {
    const [zero, one, two] = (await openWorld(3)) as [Rendezvous, Rendezvous, Rendezvous];
    const gone = jest.fn();
    zero.onPeerGone(gone);
    const barrier = zero.barrier('end');
    await two.close();
    await expect(barrier).rejects.toThrow(/Rank 2 .* has left the world/);
    await one.put('still', 'here');
    expect(await zero.waitFor('still')).toBe('here');
    expect(gone).not.toHaveBeenCalled();
  });

  it('hands the last words of a member that failed to everybody', async () => {
    const [zero, one, two] = (await openWorld(3)) as [Rendezvous, Rendezvous, Rendezvous];
    const waits = Promise.allSettled([zero.barrier('end'), one.waitFor('never')]);
    const gone = new Promise<PeerGone>((resolve) => one.onPeerGone(resolve));
    await two.close('the model has no weights');
    for (const outcome of await waits) {
      expect(String((outcome as PromiseRejectedResult).reason)).toMatch(
        /Rank 2 .* is gone: the model has no weights\./,
      );
    }
    expect((await gone).lastWords).toBe('the model has no weights');
    const toldLater = jest.fn();
    one.onPeerGone(toldLater);
    expect(toldLater).toHaveBeenCalledWith(expect.objectContaining({ lastWords: 'the model has no weights' }));
  });

  it('can be made again at the same address at once', async () => {
    const first = await openWorld(2);
    const { address } = first[0]!;
    await Promise.all(first.map((member) => member.close()));
    const second = await Promise.all([
      joinRendezvous({ ...base, rank: 1, address }),
      joinRendezvous({ ...base, rank: 0, address }),
    ]);
    opened.push(...second);
    expect(second[0].worldId).toBe(second[1].worldId);
    expect(second[0].worldId).not.toBe(first[0]!.worldId);
  });

  it('waits for a rank 0 that comes later', async () => {
    const early = startHost();
    const address = await early.address;
    await expect(joinRendezvous({ ...base, rank: 1, address, worldSize: 3 })).rejects.toThrow();
    const late = joinRendezvous({ ...base, rank: 1, address });
    opened.push(await late);
    expect((await early.joined).members.map(({ rank }) => rank)).toEqual([0, 1]);
  });
});

describe('a rendezvous refuses', () => {
  const refusals: [string, Partial<JoinRendezvousOptions>, RegExp][] = [
    ['another token', { credentials: { token: 'a-guess' } }, /token is missing or wrong/],
    ['another world size', { worldSize: 3 }, /wants to join a world of 3 ranks, but rank 0 was started for 2/],
    [
      'another configuration',
      { facts: { configHash: 'b', config: { tensorParallelSize: 4 } } },
      /Rank 1 \(host .*\) has another configuration than rank 0: tensorParallelSize is 4 there and 2 at rank 0/,
    ],
    ['a rank that another process is', { rank: 0 }, /can't listen at/],
  ];

  it.each(refusals)('%s', async (_, options, message) => {
    const host = startHost({ timeoutMs: 3_000 });
    host.joined.catch(() => undefined);
    const address = await host.address;
    await expect(joinRendezvous({ ...base, rank: 1, address, ...options })).rejects.toThrow(message);
    opened.push(await joinRendezvous({ ...base, rank: 1, address }));
  });

  it('a second process of one rank, naming both', async () => {
    const host = startHost({ worldSize: 3 });
    const address = await host.address;
    const first = joinRendezvous({ ...base, worldSize: 3, rank: 1, address });
    const second = joinRendezvous({ ...base, worldSize: 3, rank: 1, address });
    await expect(Promise.race([first, second])).rejects.toThrow(
      new RegExp(
        `Rank 1 is there twice: host .*, pid ${process.pid} wants to be it, but host .*, pid ${process.pid} is`,
      ),
    );
    opened.push(await joinRendezvous({ ...base, worldSize: 3, rank: 2, address }));
    await Promise.allSettled([first, second]);
  });

  it('to wait longer than its time, naming who is missing and what is known of them', async () => {
    const host = startHost({ worldSize: 3, timeoutMs: 1_500 });
    const address = await host.address;
    const other = { ...base, worldSize: 3, rank: 1, address, facts: { configHash: 'b', config: {} } };
    await expect(joinRendezvous(other)).rejects.toThrow('tensorParallelSize is not set there');
    await expect(host.joined).rejects.toThrow(
      /Rank 0 waited 1500 ms for the world of 3 ranks.*rank 1 \(came from host .* was refused: .*\), rank 2 did not come/,
    );
  });

  it('to wait for a rank 0 that never comes', async () => {
    await expect(joinRendezvous({ ...base, rank: 1, address: '127.0.0.1:1', timeoutMs: 300 })).rejects.toThrow(
      /rank 0 does not answer at 127.0.0.1:1/,
    );
  });
});

describe('a rendezvous of processes', () => {
  async function openProcesses(): Promise<{ zero: Rendezvous; peers: RendezvousPeerProcess[] }> {
    const host = startHost({ worldSize: 3 });
    const address = await host.address;
    const peers = [1, 2].map((rank) => new RendezvousPeerProcess({ ...base, worldSize: 3, rank, address }));
    await Promise.all(peers.map((peer) => peer.nextMessage()));
    return { zero: await host.joined, peers };
  }

  it('fails the waits of all survivors with the name of the one that was killed', async () => {
    const { zero, peers } = await openProcesses();
    const wait = zero.waitFor('never');
    wait.catch(() => undefined);
    const survivor = peers[1]!.nextMessage();
    peers[0]!.kill();
    const message = new RegExp(`Rank 1 \\(host .*, pid ${peers[0]!.pid}\\) is gone`);
    await expect(wait).rejects.toThrow(RankFailedError);
    await expect(wait).rejects.toThrow(message);
    expect((await survivor)['error']).toMatch(message);
    await expect(zero.put('a', 'b')).rejects.toThrow(message);
  });

  it('tells all others when rank 0 itself is killed', async () => {
    const [probe] = (await openWorld(1)) as [Rendezvous];
    await probe.close();
    const { address } = probe;
    const host = new RendezvousPeerProcess({ ...base, rank: 0, address });
    const one = await joinRendezvous({ ...base, rank: 1, address });
    opened.push(one);
    const wait = one.waitFor('never');
    host.kill();
    await expect(wait).rejects.toThrow(new RegExp(`Rank 0 \\(host .*, pid ${host.pid}\\) is gone`));
  });
});
