import { randomUUID } from 'node:crypto';
import { createRing, removeRing } from '../../../../src/channel/index.js';
import { CollectiveGroup } from '../../../../src/collective/collective-group.js';
import { RingLinks } from '../../../../src/collective/ring-links.js';
import { IllegalStateError } from '../../../../src/core/index.js';

const CAPACITY_BYTES = 64 * 1024;
const paths: string[] = [];

function groupOver(worldSize: number): CollectiveGroup[] {
  const test = randomUUID();
  const pathOf = (from: number, to: number): string => `/dev/shm/ray-ts-test-${test}-${from}-${to}`;
  const ranks = Array.from({ length: worldSize }, (_, rank) => rank);
  for (const from of ranks) {
    for (const to of ranks.filter((rank) => rank !== from)) {
      createRing(pathOf(from, to), { capacityBytes: CAPACITY_BYTES });
      paths.push(pathOf(from, to));
    }
  }
  return ranks.map((rank) => {
    const peers = ranks.filter((peer) => peer !== rank);
    const rings = peers.map(
      (peer) => [peer, { incomingPath: pathOf(peer, rank), openOutgoing: () => pathOf(rank, peer) }] as const,
    );
    const links = new RingLinks(rank, new Map(rings));
    return new CollectiveGroup({ name: 'g', rank, worldSize, links, timeoutMs: 20_000 });
  });
}

let groups: CollectiveGroup[] = [];
afterEach(() => {
  for (const group of groups) group.abort(new IllegalStateError('the test is over'));
  for (const path of paths.splice(0)) removeRing(path);
});

describe('a collective group over rings', () => {
  it('reduces tensors that are much larger than the rings', async () => {
    groups = groupOver(3);
    const length = (5 * CAPACITY_BYTES) / Float32Array.BYTES_PER_ELEMENT + 7;
    const tensors = groups.map(({ rank }) => new Float32Array(length).map((_, index) => (index % 100) + rank));
    await Promise.all(groups.map((group, rank) => group.allReduce(tensors[rank]!)));
    for (const tensor of tensors) {
      expect(tensor.every((element, index) => element === 3 * (index % 100) + 3)).toBe(true);
    }
  });

  it('tells a rank that is at another operation, or has a tensor of another length', async () => {
    groups = groupOver(2);
    const [zero, one] = groups as [CollectiveGroup, CollectiveGroup];
    const outcomes = await Promise.allSettled([
      zero.allReduce(new Float32Array(8)),
      one.allGather(new Float32Array(4)),
    ]);
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : ''));
    expect(reasons.join()).toMatch(/Rank 0 is at allReduce number 0 with 16 bytes, but rank 1 is at allGather/);
  });
});
