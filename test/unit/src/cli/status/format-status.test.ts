import { formatClusterDetail } from '../../../../../src/cli/status/format-cluster-detail.js';
import { formatStatus } from '../../../../../src/cli/status/format-status.js';
import type { GetClusterStateResponse } from '../../../../../src/rpc/index.js';
import {
  actorView,
  CPU,
  clusterState,
  jobView,
  leaseView,
  nodeView,
  placementGroupView,
} from '../../../../support/cluster-state.js';

const NOON = new Date('2026-11-23T12:00:00.000Z');
const format = (state: GetClusterStateResponse): string => formatStatus(state, '10.0.0.1:6380', NOON);

describe('formatStatus', () => {
  it('says where there is nothing', () => {
    expect(format(clusterState())).toBe(`======== Cluster status: 2026-11-23T12:00:00.000Z ========
Cluster cluster0 at 10.0.0.1:6380, state in Redis

Node status
---------------------------------------------------------------
Active:
 (no active nodes)
Recent failures:
 (no failures)

Resources
---------------------------------------------------------------
Total Usage:
 (no resources)

Pending Demands:
 (no resource demands)
`);
  });

  it('tells active, draining and failed nodes apart, and whose clock is off', () => {
    const text = format(
      clusterState({
        nodes: [
          nodeView({ isHeadNode: true }),
          nodeView({ nodeId: 'node1', nodeName: 'blue', draining: true, hostname: 'host-b', clockSkewMs: -2_100 }),
          nodeView({
            nodeId: 'node2',
            hostname: 'host-c',
            state: 'NODE_LIFE_STATE_DEAD',
            deathReason: 'it fell silent',
          }),
        ],
      }),
    );
    expect(text).toContain('Active:\n 1 node_node0000000000  (host-a, 10.0.0.1:7000, head)\n');
    expect(text).toContain('Draining:\n 1 node_node1  (blue, host-b, 10.0.0.1:7000)\n');
    expect(text).toContain('Recent failures:\n node_node2  (host-c, 10.0.0.1:7000): it fell silent\n');
    expect(text).toContain("the clock of host-b is 2.1 s behind the head's: run NTP on both.");
  });

  it('names a node only if it has a name of its own', () => {
    const text = format(clusterState({ nodes: [nodeView({ nodeName: '10.0.0.1' })] }));
    expect(text).toContain('(host-a, 10.0.0.1:7000)\n');
  });

  it('shows the heads that wait to take over', () => {
    const standbys = [{ address: '10.0.0.2:6380', hostname: 'host-b' }];
    expect(format(clusterState({ standbys }))).toContain('Standby heads:\n host-b, 10.0.0.2:6380\n');
  });

  it('counts what is used, inside of placement groups and outside', () => {
    const state = clusterState({
      nodes: [
        nodeView({
          total: { units: { CPU: 6 * CPU, memory: 2 * 1024 ** 3 * CPU } },
          available: { units: { CPU: 2 * CPU, memory: 2 * 1024 ** 3 * CPU } },
        }),
      ],
      placementGroups: [placementGroupView({ bundles: [{ units: { CPU: 2 * CPU } }, { units: { CPU } }] })],
      actors: [actorView({ placementGroupId: 'group000000000', bundleIndex: 0 }), actorView({ actorId: 'outside' })],
      leases: [leaseView({ placementGroupId: 'group000000000', resources: { units: { CPU: 0.5 * CPU } } })],
    });
    expect(format(state)).toContain(
      'Total Usage:\n 2.5/6 CPU (1.5 used of 3 reserved in placement groups)\n 0.00GiB/2.00GiB memory',
    );
  });

  it('says of what waits how many there are, and why', () => {
    const pending = { state: 'ACTOR_LIFE_STATE_PENDING_CREATION', address: null } as const;
    const text = format(
      clusterState({
        actors: [
          actorView({ ...pending, pendingReason: 'all CPUs are held by Trainer' }),
          actorView({ ...pending, actorId: 'b', pendingReason: 'all CPUs are held by Trainer' }),
        ],
        leases: [leaseView({ address: null, resources: { units: { GPU: CPU } }, placementGroupId: 'g' })],
        placementGroups: [
          placementGroupView({ state: 'PLACEMENT_GROUP_STATE_PENDING', reason: 'no room\nnode  has', ageMs: 7_000 }),
        ],
      }),
    );
    expect(text).toContain('{CPU: 1}: 2 pending tasks/actors\n    all CPUs are held by Trainer\n');
    expect(text).toContain('{GPU: 1}: 1 pending tasks/actors (1 using placement groups)\n');
    expect(text).toContain(
      '{CPU: 1} * 2 (PACK): 1 pending placement groups\n    waiting for 7 s: no room\n    node  has\n',
    );
  });
});

describe('formatClusterDetail', () => {
  it('shows usage by node, and what lives', () => {
    const text = formatClusterDetail(
      clusterState({
        nodes: [nodeView({ available: { units: { CPU: 1.5 * CPU } } })],
        placementGroups: [
          placementGroupView({ name: 'pair', nodeIds: ['node0000000000', ''] }),
          placementGroupView({ state: 'PLACEMENT_GROUP_STATE_REMOVED', name: 'gone' }),
        ],
        actors: [
          actorView({ name: 'c', numRestarts: 2, placementGroupId: 'group000000000', bundleIndex: 1 }),
          actorView({ actorId: 'dead', className: 'Ended', state: 'ACTOR_LIFE_STATE_DEAD' }),
        ],
        leases: [leaseView()],
        jobs: [jobView(), jobView({ entrypoint: 'old.ts', alive: false })],
      }),
    );
    expect(text).toBe(`Usage by node:
 node0000  host-a  2.5/4 CPU

Placement groups:
 group000  CREATED  PACK  pair  [1 CPU on node0000; 1 CPU on -]

Actors:
 actor000  ALIVE  Counter "c"  pid 42 on host-a  bundle 1 of group000  restarted 2 times

Task workers:
 lease000  square  {CPU: 1}  pid 43 on host-a

Drivers:
 job00000  pid 7 on host-a  driver.ts
`);
  });
});
