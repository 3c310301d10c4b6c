import { globToRegExp } from '../../../../../src/cli/logs/glob.js';
import { workerOf } from '../../../../../src/cli/logs/log-subjects.js';
import { chooseNodes, formatLogs } from '../../../../../src/cli/logs/node-logs.js';
import { placesOf, requireOnePlace } from '../../../../../src/cli/logs/print-log.js';
import { actorTable } from '../../../../../src/cli/state/cluster-tables.js';
import { actorView, clusterState, nodeView } from '../../../../support/cluster-state.js';

describe('a pattern of file names', () => {
  it.each([
    ['worker-*.out', 'worker-1-2.out', true],
    ['worker-*.out', 'worker-1-2.out.1', false],
    ['worker-?.out', 'worker-12.out', false],
    ['worker-?.out', 'worker-1.out', true],
    ['agent.log', 'agentxlog', false],
    ['a[b](c)+.log', 'a[b](c)+.log', true],
    ['*', 'anything', true],
  ])('%s means %s: %s', (glob, name, isMeant) => {
    expect(globToRegExp(glob).test(name)).toBe(isMeant);
  });
});

describe('the nodes of a choice', () => {
  const { nodes } = clusterState({
    nodes: [
      nodeView({ nodeId: 'aa11', agentAddress: '10.0.0.1:7000' }),
      nodeView({ nodeId: 'ab22', agentAddress: '10.0.0.2:7000' }),
      nodeView({ nodeId: 'ab33', agentAddress: '10.0.0.3:7000', state: 'NODE_LIFE_STATE_DEAD' }),
    ],
  });
  const idsOf = (choice: object) => chooseNodes(nodes, choice).map(({ nodeId }) => nodeId);

  it('are those that live, of an id or an address where it names one', () => {
    expect(idsOf({})).toEqual(['aa11', 'ab22']);
    expect(idsOf({ nodeId: 'ab' })).toEqual(['ab22']);
    expect(idsOf({ nodeIp: '10.0.0.1' })).toEqual(['aa11']);
  });

  it('are none for a dead node, which is an error', () => {
    expect(() => idsOf({ nodeIp: '10.0.0.3' })).toThrow('There is no living node 10.0.0.3');
  });

  it('are listed with their files, without those that have none or did not answer', () => {
    const logs = [
      { node: nodes[0]!, fileNames: ['a.log', 'b.log'] },
      { node: nodes[1]!, fileNames: [] },
      { node: nodes[2]!, fileNames: new Error('away') },
    ];
    expect(formatLogs(logs)).toBe('Node aa11 (10.0.0.1):\n  a.log\n  b.log\n');
    expect(placesOf(logs).map(({ fileName }) => fileName)).toEqual(['a.log', 'b.log']);
  });

  it('must have one file where one is printed', () => {
    const places = nodes.map((node) => ({ node, fileName: 'agent.log' }));
    expect(requireOnePlace(places.slice(0, 1), 'it')).toBe(places[0]);
    expect(() => requireOnePlace([], 'it')).toThrow('There is no log of it');
    expect(() => requireOnePlace(places, 'it')).toThrow(
      /3 files are of it; choose one, or a node:\n {2}agent\.log on aa11 \(10\.0\.0\.1\)\n/,
    );
  });
});

describe('the process of an actor', () => {
  const address = { nodeId: 'n', hostname: 'h', pid: 1, rpcAddress: 'h:1', workerId: 'worker1', gpuIds: [] };
  const table = actorTable(
    clusterState({
      actors: [
        actorView({ actorId: 'aa11', address }),
        actorView({
          actorId: 'aa22',
          address: null,
          state: 'ACTOR_LIFE_STATE_PENDING_CREATION',
          pendingReason: 'no CPU',
        }),
      ],
    }),
  );

  it('is found by the start of its id', () => {
    expect(workerOf(table, 'worker_id', 'aa1')).toBe('worker1');
  });

  it.each([
    ['bb', 'There is no actor_id bb.'],
    ['aa', '2 ids begin with aa.'],
    ['aa2', 'actor_id aa2 has no process, and so no log. It is PENDING_CREATION. no CPU'],
  ])('is not found by %s', (id, reason) => {
    expect(() => workerOf(table, 'worker_id', id)).toThrow(reason);
  });
});
