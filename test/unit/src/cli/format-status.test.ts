import { formatStatus } from '../../../../src/cli/format-status.js';
import type { GetClusterStateResponse } from '../../../../src/rpc/index.js';

const CPU = 10_000;

const empty: GetClusterStateResponse = {
  clusterId: 'cluster0123456789',
  store: 'Redis',
  nodes: [],
  placementGroups: [],
  actors: [],
  jobs: [],
};

describe('formatStatus', () => {
  it('says where there is nothing', () => {
    expect(formatStatus(empty, 'h:6380')).toBe(
      [
        'Cluster cluster0 at h:6380, state in Redis',
        '',
        ...['Nodes', 'Resources in use', 'Placement groups', 'Actors', 'Drivers'].flatMap((title) => [
          title,
          '  (none)',
          '',
        ]),
      ].join('\n'),
    );
  });

  it('shows what lives, and of the dead only nodes, with the reason', () => {
    const node = {
      hostname: 'host-a',
      agentAddress: 'a:1',
      pid: 1,
      isHeadNode: true,
      total: { units: { CPU: 4 * CPU, GPU: CPU } },
      available: { units: { CPU: 2.5 * CPU, GPU: CPU } },
      deathReason: '',
    };
    const actor = {
      className: 'Counter',
      name: 'c',
      address: { nodeId: 'node00000000', hostname: 'host-a', pid: 42, rpcAddress: 'a:2' },
      deathMessage: '',
      resources: { units: { CPU } },
      placementGroupId: '',
      bundleIndex: -1,
      jobId: 'job000000000',
    };
    const text = formatStatus(
      {
        ...empty,
        nodes: [
          { ...node, nodeId: 'node00000000', state: 'NODE_LIFE_STATE_ALIVE' },
          {
            ...node,
            nodeId: 'node11111111',
            state: 'NODE_LIFE_STATE_DEAD',
            deathReason: 'it was stopped',
            isHeadNode: false,
          },
        ],
        placementGroups: [
          {
            placementGroupId: 'group0000000',
            name: 'llm',
            strategy: 'PLACEMENT_STRATEGY_STRICT_PACK',
            state: 'PLACEMENT_GROUP_STATE_PENDING',
            bundles: [{ units: { CPU } }, { units: { GPU: CPU } }],
            nodeIds: ['node00000000', ''],
            reason: 'It waits.\nnode  has',
            jobId: 'job000000000',
            ageMs: 4_200,
          },
          {
            placementGroupId: 'group1111111',
            name: '',
            strategy: 'PLACEMENT_STRATEGY_PACK',
            state: 'PLACEMENT_GROUP_STATE_REMOVED',
            bundles: [],
            nodeIds: [],
            reason: '',
            jobId: '',
            ageMs: 0,
          },
        ],
        actors: [
          { ...actor, actorId: 'actor0000000', state: 'ACTOR_LIFE_STATE_ALIVE' },
          {
            ...actor,
            actorId: 'actor1111111',
            state: 'ACTOR_LIFE_STATE_PENDING_CREATION',
            name: '',
            address: null,
            placementGroupId: 'group0000000',
            bundleIndex: 1,
          },
          { ...actor, actorId: 'actor2222222', state: 'ACTOR_LIFE_STATE_DEAD' },
        ],
        jobs: [
          { jobId: 'job000000000', hostname: 'host-d', pid: 9, entrypoint: 'driver.ts', alive: true },
          { jobId: 'job111111111', hostname: 'host-d', pid: 8, entrypoint: 'old.ts', alive: false },
        ],
      },
      'h:6380',
    );
    expect(text).toBe(`Cluster cluster0 at h:6380, state in Redis

Nodes
  node0000  host-a  a:1  (head)  1.5/4 CPU  0/1 GPU

Resources in use
  1.5/4 CPU
  0/1 GPU

Placement groups
  group000  PENDING  STRICT_PACK  llm  [1 CPU on node0000; 1 GPU on -]
      waiting for 4 s: It waits.
      node  has

Actors
  actor000  ALIVE  Counter "c"  pid 42 on host-a
  actor111  PENDING CREATION  Counter    bundle 1 of group000

Drivers
  job00000  pid 9 on host-d  driver.ts

Dead nodes
  node1111  host-a  a:1: it was stopped
`);
  });
});
