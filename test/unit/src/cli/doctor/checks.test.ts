import { checkCluster } from '../../../../../src/cli/doctor/check-cluster.js';
import { checkMachine } from '../../../../../src/cli/doctor/check-machine.js';
import type { MachineFacts } from '../../../../../src/cli/doctor/machine-facts.js';
import { clusterState, nodeView } from '../../../../support/cluster-state.js';

const GIB = 1024 ** 3;
const healthy: MachineFacts = {
  nodeVersion: 'v20.19.0',
  platform: 'linux x64',
  address: '10.0.0.1',
  numCpus: 4,
  memoryBytes: 16 * GIB,
  sharedMemory: { totalBytes: 8 * GIB, freeBytes: 8 * GIB },
  openFiles: { soft: 65_536, hard: 1_048_576 },
  redisServer: 'Redis server v=7.0.15 sha=00000000:0',
  gpus: ['0, NVIDIA H200, 143771 MiB'],
  sessionFolder: { path: '/tmp/ray-ts-0', mode: 0o700 },
};

describe('checkMachine', () => {
  it('finds nothing on a machine that has everything', () => {
    expect(checkMachine(healthy).map(({ verdict }) => verdict)).toEqual(Array(8).fill('ok'));
  });

  it.each<[string, Partial<MachineFacts>, string, RegExp]>([
    ['an old Node.js', { nodeVersion: 'v20.18.3' }, 'problem', /20\.19 or newer/],
    ['another system', { platform: 'darwin arm64' }, 'problem', /Linux/],
    ['an address of loopback', { address: '127.0.0.1' }, 'warning', /--node-ip-address/],
    ['a small /dev/shm', { sharedMemory: { totalBytes: GIB / 16, freeBytes: GIB / 16 } }, 'problem', /--shm-size/],
    ['a /dev/shm below 30% of memory', { sharedMemory: { totalBytes: 2 * GIB, freeBytes: 2 * GIB } }, 'warning', /shm/],
    ['no /dev/shm', { sharedMemory: undefined }, 'problem', /tmpfs/],
    ['few open files', { openFiles: { soft: 1_024, hard: 4_096 } }, 'problem', /ulimit -n/],
    ['fewer open files than a large cluster needs', { openFiles: { soft: 8_192, hard: 8_192 } }, 'warning', /ulimit/],
    ['no Redis', { redisServer: undefined }, 'warning', /--redis-address/],
    ['no GPUs', { gpus: undefined }, 'warning', /--gpus all/],
    [
      'a session folder that others can read',
      { sessionFolder: { path: '/x', mode: 0o755 } },
      'problem',
      /chmod 700 \/x/,
    ],
  ])('says what to do about %s', (_, change, verdict, remedy) => {
    const findings = checkMachine({ ...healthy, ...change }).filter((finding) => finding.verdict !== 'ok');
    expect(findings).toEqual([expect.objectContaining({ verdict, remedy: expect.stringMatching(remedy) })]);
  });
});

describe('checkCluster', () => {
  it('names nodes that can not be reached, whose clock is off, or that died', () => {
    const state = clusterState({
      nodes: [
        nodeView(),
        nodeView({ nodeId: 'b', hostname: 'host-b', clockSkewMs: 900 }),
        nodeView({ nodeId: 'c', hostname: 'host-c', state: 'NODE_LIFE_STATE_DEAD', deathReason: 'silent' }),
      ],
    });
    const reached = [
      { node: state.nodes[0]!, error: undefined },
      { node: state.nodes[1]!, error: 'connect ETIMEDOUT' },
    ];
    const wrong = checkCluster(state, reached).filter(({ verdict }) => verdict !== 'ok');
    expect(wrong.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      "Port of host-b: 10.0.0.1:7000 can't be reached from here: connect ETIMEDOUT",
      "Clock of host-b: 900 ms ahead of the head's",
      'Node host-c: dead: silent',
    ]);
  });

  it('calls a cluster without nodes a problem', () => {
    expect(checkCluster(clusterState(), [])).toMatchObject([{ verdict: 'problem' }]);
  });
});
