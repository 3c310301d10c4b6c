import { agentLocks, chooseDeadSegments } from '../../../../src/channel/dead-segments.js';

const id = (letter: string): string => letter.repeat(28);
const [ONE, OTHER] = [id('1'), id('2')];
const [NODE_A, NODE_B] = [id('a'), id('b')];
const lockOf = (cluster: string, node: string): string => `ray-ts-${cluster}-agent-${node}`;
const objectOf = (cluster: string, node: string): string => `ray-ts-${cluster}-${node}-object-${id('d')}00000001`;
const ringOf = (cluster: string): string => `ray-ts-${cluster}-${id('c')}-ring-0-1`;

describe('files in shared memory that belong to nobody any more', () => {
  it('are decided by the locks of agents', () => {
    const names = [
      'nccl-1',
      lockOf(ONE, NODE_A),
      ringOf(ONE),
      `ray-ts-unlocked-agent-${NODE_B}`,
      objectOf(ONE, NODE_A),
    ];
    expect(agentLocks(names)).toEqual([lockOf(ONE, NODE_A)]);
  });

  it('are those of a node whose agent is dead, while another one of its cluster lives', () => {
    const [dead, living] = [lockOf(ONE, NODE_A), lockOf(ONE, NODE_B)];
    const names = [dead, living, objectOf(ONE, NODE_A), objectOf(ONE, NODE_B), ringOf(ONE)];
    expect(chooseDeadSegments(names, new Set([dead]))).toEqual([objectOf(ONE, NODE_A), dead]);
  });

  it('are all of a cluster that has no living agent here, its locks last', () => {
    const locks = [lockOf(ONE, NODE_A), lockOf(ONE, NODE_B)];
    const names = [...locks, ringOf(ONE), objectOf(ONE, NODE_A), lockOf(OTHER, NODE_A), ringOf(OTHER)];
    expect(chooseDeadSegments(names, new Set(locks))).toEqual([ringOf(ONE), objectOf(ONE, NODE_A), ...locks]);
  });

  it('are none of a cluster that never had an agent here, nor of other programs', () => {
    expect(chooseDeadSegments([ringOf(ONE), 'ray-tsunami', 'nccl-1'], new Set())).toEqual([]);
  });
});
