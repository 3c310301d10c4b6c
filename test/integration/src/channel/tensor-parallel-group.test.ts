import type { TensorParallelLayout } from '../../../../src/channel/index.js';
import { PIECE_BYTES } from '../../../../src/channel/slot-transfer.js';
import { LocalTensorParallelGroup } from '../../../../worker/model/runner/index.js';
import { GroupLab } from '../../../support/group-lab.js';
import { GroupRounds } from '../../../support/group-rounds.js';

const NUM_ROUNDS = 600;

const layoutOf = (size: number): TensorParallelLayout => ({ size, partialSumBytes: 4100, logitsBytes: 1000 });

let lab: GroupLab | undefined;

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

/** @param hosts of each rank: "aab". @returns what every rank's process said at its end. */
async function meet(hosts: string, layout: TensorParallelLayout, numRounds: number, spinMicroseconds = 0) {
  lab = new GroupLab(hosts, layout);
  const peers = await lab.start(numRounds, spinMicroseconds);
  return Promise.all(peers.map((peer) => peer.answer));
}

const allRight = (hosts: string) => [...hosts].map(() => ({ numWrong: 0, end: null }));

describe('an exchange shows every rank what all wrote in the round', () => {
  it('of a process that runs all ranks', () => {
    const group = new LocalTensorParallelGroup(layoutOf(3));
    expect(new GroupRounds(group, layoutOf(3), [0, 1, 2]).run(NUM_ROUNDS)).toBe(0);
    group.close();
  });

  it.each([0, 50])('of four ranks on one host, which spin for %p µs', async (spinMicroseconds) => {
    expect(await meet('aaaa', layoutOf(4), NUM_ROUNDS, spinMicroseconds)).toEqual(allRight('aaaa'));
  });

  it.each(['ab', 'aabb', 'aaab', 'abbb', 'abc'])('of ranks on the hosts %p', async (hosts) => {
    expect(await meet(hosts, layoutOf(hosts.length), NUM_ROUNDS)).toEqual(allRight(hosts));
  });

  it('of slots that are larger than the rings between the hosts', async () => {
    const layout = { size: 2, partialSumBytes: 21 * PIECE_BYTES + 40, logitsBytes: 400 };
    expect(await meet('ab', layout, 6)).toEqual(allRight('ab'));
  });
});

describe('the loss of the network between hosts', () => {
  it('ends the exchange of every rank', async () => {
    lab = new GroupLab('aabb', layoutOf(4));
    const peers = await lab.start(1_000_000);
    lab.breakNetwork();
    for (const peer of peers) expect(await peer.answer).toMatchObject({ end: 'RAY_CHANNEL_CLOSED' });
  });
});
