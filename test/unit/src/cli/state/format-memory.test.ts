import { formatMemory, type MemoryView } from '../../../../../src/cli/state/format-memory.js';
import { clusterState, nodeView } from '../../../../support/cluster-state.js';

const MIB = 1024 ** 2;
const node = clusterState({ nodes: [nodeView()] }).nodes[0]!;
const object = (objectId: string, size: number) => ({
  objectId,
  size,
  ownerWorkerId: 'w',
  state: 'SEALED',
  primary: true,
});
const answer = { objects: [object('a', MIB), object('b', 3 * MIB)], capacity: 10 * MIB, used: 4 * MIB, spilled: 0 };
const view: MemoryView = {
  unit: 'MB',
  sortBy: 'OBJECT_SIZE',
  numEntries: undefined,
  statsOnly: false,
  describeWorker: () => 'pid 5 on host-a',
};

describe('formatMemory', () => {
  it('shows the largest objects of a node first, with their owners', () => {
    expect(formatMemory([{ node, answer }], view)).toBe(`--- Object store of node node0000 (host-a, 10.0.0.1:7000) ---
4.0 MB of 10.0 MB used (40.0% full), 2 objects, 0.0 MB spilled to disk
   OBJECT  SIZE    STATE   COPY     OWNER
0  b       3.0 MB  SEALED  primary  pid 5 on host-a
1  a       1.0 MB  SEALED  primary  pid 5 on host-a
`);
  });

  it('shows as many as are wanted, and a node that does not answer as such', () => {
    expect(formatMemory([{ node, answer }], { ...view, numEntries: 1 })).not.toContain('1.0 MB  SEALED');
    expect(formatMemory([{ node, answer }], { ...view, statsOnly: true })).not.toContain('OBJECT');
    expect(formatMemory([{ node, answer: new Error('no route') }], view)).toContain('It did not answer: no route');
  });
});
