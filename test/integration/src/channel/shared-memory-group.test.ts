import {
  attachTensorParallelGroup,
  createTensorParallelGroup,
  removeTensorParallelGroup,
  type TensorParallelLayout,
} from '../../../../src/channel/index.js';
import { forkRingPeer, killRingPeers } from '../../../support/fork-ring-peer.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

const layoutOf = (size: number): TensorParallelLayout => ({ size, partialSumBytes: 4100, logitsBytes: 100 });
const channelClosed = expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' });

let path: string;

beforeEach(() => {
  path = uniqueSharedMemoryPath();
});

afterEach(() => {
  killRingPeers();
  removeTensorParallelGroup(path);
});

describe('the barrier', () => {
  it('is passed at once by a group of one', () => {
    const group = createTensorParallelGroup(path, layoutOf(1));
    for (let round = 0; round < 10; round++) group.barrier();
  });

  it('ends for every sleeping rank when the group is closed', async () => {
    const group = createTensorParallelGroup(path, layoutOf(3));
    const layout = layoutOf(3);
    const linksOf = (rank: number) => ({ rank, outgoing: [], incoming: [] });
    const tasks = [1, 2].map((rank) => ({ path, layout, links: linksOf(rank), rounds: 1, spinMicroseconds: 0 }));
    const peers = await Promise.all(tasks.map((task) => forkRingPeer('meet', task)));
    group.close();
    for (const peer of peers) expect(await peer.answer).toMatchObject({ end: 'RAY_CHANNEL_CLOSED' });
    expect(() => group.barrier()).toThrow(channelClosed);
  });

  it('waits only for the ranks that share the segment', () => {
    const group = createTensorParallelGroup(path, layoutOf(3), { numLocalRanks: 1 });
    for (let round = 0; round < 10; round++) group.barrier();
  });

  it('closes the group when the wait is aborted', () => {
    const group = createTensorParallelGroup(path, layoutOf(2), { isAborted: () => true });
    const peer = attachTensorParallelGroup(path, layoutOf(2));
    expect(() => group.barrier()).toThrow('aborted');
    expect(() => peer.barrier()).toThrow(channelClosed);
  });
});

describe('attaching', () => {
  it('is refused with another layout, naming both', () => {
    createTensorParallelGroup(path, layoutOf(2));
    expect(() => attachTensorParallelGroup(path, { ...layoutOf(2), logitsBytes: 200 })).toThrow(
      /created with .*logitsBytes: 100.*expects .*logitsBytes: 200/,
    );
  });

  it('is refused to a group that was removed', () => {
    createTensorParallelGroup(path, layoutOf(2));
    removeTensorParallelGroup(path);
    expect(() => attachTensorParallelGroup(path, layoutOf(2))).toThrow(channelClosed);
  });
});

describe('slots', () => {
  it('have the sizes of the layout and begin on pages', () => {
    const group = createTensorParallelGroup(path, layoutOf(2));
    const regions = [group.partialSums(0, 0), group.partialSums(0, 1), group.partialSums(1, 0), group.logits(1)];
    expect(regions.map((region) => region.byteLength)).toEqual([4100, 4100, 4100, 100]);
    expect(regions.map((region) => region.address % 4096n)).toEqual([0n, 0n, 0n, 0n]);
  });

  it('exist for the ranks of the group only', () => {
    const group = createTensorParallelGroup(path, layoutOf(2));
    expect(() => group.logits(2)).toThrow('Rank 2 is not in a tensor-parallel group of 2');
  });
});
