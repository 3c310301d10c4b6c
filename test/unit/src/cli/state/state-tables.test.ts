import {
  actorTable,
  jobTable,
  nodeTable,
  placementGroupTable,
  workerTable,
} from '../../../../../src/cli/state/cluster-tables.js';
import { filterRows, parseFilter } from '../../../../../src/cli/state/filter-rows.js';
import { formatRows } from '../../../../../src/cli/state/format-rows.js';
import { objectTable } from '../../../../../src/cli/state/object-table.js';
import { summarizeRows } from '../../../../../src/cli/state/summarize-rows.js';
import { taskTable } from '../../../../../src/cli/state/task-table.js';
import type { NodeView, TaskEvent, TaskStatus } from '../../../../../src/rpc/index.js';
import {
  actorView,
  clusterState,
  jobView,
  leaseView,
  nodeView,
  placementGroupView,
} from '../../../../support/cluster-state.js';

const state = clusterState({
  nodes: [nodeView({ labels: { zone: 'a' }, startTimeMs: 1_000 })],
  actors: [
    actorView({ name: 'one', namespace: 'lab' }),
    actorView({
      actorId: 'actor1',
      state: 'ACTOR_LIFE_STATE_DEAD',
      deathMessage: 'killed',
      death: { exitCode: -1, signal: 'SIGKILL' },
    }),
  ],
  placementGroups: [placementGroupView({ state: 'PLACEMENT_GROUP_STATE_PENDING', reason: 'no room\n table' })],
  leases: [leaseView(), leaseView({ leaseId: 'waiting', address: null })],
  jobs: [jobView({ submissionId: 'sub' })],
});

function event(taskId: string, status: TaskStatus, timeMs: number, more: Partial<TaskEvent> = {}): TaskEvent {
  const nothing = { name: '', jobId: '', actorId: '', nodeId: '', workerId: '', parentTaskId: '', errorMessage: '' };
  return { ...nothing, taskId, status, timeMs, attempt: 0, pid: 0, ...more };
}

describe('the state tables', () => {
  it("show actors with Ray's columns, the dead with their cause", () => {
    const [alive, dead] = actorTable(state).rows;
    expect(alive).toMatchObject({ class_name: 'Counter', state: 'ALIVE', name: 'one', pid: 42, ray_namespace: 'lab' });
    expect(dead).toMatchObject({ state: 'DEAD', death_cause: 'killed', exit_code: -1, exit_signal: 'SIGKILL' });
  });

  it('show nodes by their address, and times as people read them', () => {
    expect(nodeTable(state).rows).toMatchObject([
      {
        node_ip: '10.0.0.1',
        resources_total: { CPU: 4 },
        labels: { zone: 'a' },
        start_time: '1970-01-01T00:00:01.000Z',
      },
    ]);
  });

  it('show what a placement group waits for', () => {
    expect(placementGroupTable(state).columns).toContain('waiting_for');
    expect(placementGroupTable(state).rows).toMatchObject([{ state: 'PENDING', waiting_for: 'no room\n table' }]);
  });

  it('show drivers, actors and leased workers as workers', () => {
    expect(
      workerTable(state).rows.map((row) => [row['worker_type'], row['is_alive'], row['pid'], row['runs']]),
    ).toEqual([
      ['DRIVER', true, 7, 'driver.ts'],
      ['ACTOR', true, 42, 'Counter'],
      ['ACTOR', false, 42, 'Counter'],
      ['TASK', true, 43, 'square'],
    ]);
    expect(jobTable(state).rows).toMatchObject([{ submission_id: 'sub', status: 'RUNNING' }]);
  });

  it('make one row of all events of an attempt of a task', () => {
    const table = taskTable({
      events: [
        event('t1', 'TASK_STATUS_SUBMITTED_TO_WORKER', 10, { name: 'square', jobId: 'j' }),
        event('t1', 'TASK_STATUS_FAILED', 40, { errorMessage: 'boom' }),
        event('t1', 'TASK_STATUS_RUNNING', 15, { nodeId: 'n', pid: 5 }),
        event('t1', 'TASK_STATUS_RUNNING', 50, { attempt: 1, name: 'square' }),
      ],
      numDropped: 3,
    });
    expect(table.rows).toMatchObject([
      {
        task_id: 't1',
        attempt_number: 0,
        name: 'square',
        state: 'FAILED',
        error_message: 'boom',
        worker_pid: 5,
        duration_ms: 25,
      },
      { task_id: 't1', attempt_number: 1, state: 'RUNNING', duration_ms: null },
    ]);
    expect(table.warnings).toEqual([expect.stringContaining('3 older')]);
  });

  it('show the objects of the nodes that answer, and warn of the others', () => {
    const node = state.nodes[0]!;
    const other: NodeView = { ...node, hostname: 'host-b' };
    const object = { objectId: 'o', ownerWorkerId: 'w', size: 5, state: 'SEALED', primary: true };
    const table = objectTable([
      { node, answer: { objects: [object], capacity: 10, used: 5, spilled: 0 } },
      { node: other, answer: new Error('no route') },
    ]);
    expect(table.rows).toMatchObject([{ object_id: 'o', object_size: 5, ip: '10.0.0.1' }]);
    expect(table.warnings).toEqual([expect.stringMatching(/host-b .*no route/)]);
  });
});

describe('filters', () => {
  const table = actorTable(state);

  it('compare a column as text, and all must hold', () => {
    expect(filterRows(table, [parseFilter('state=alive')])).toHaveLength(1);
    expect(filterRows(table, [parseFilter('state!=ALIVE'), parseFilter('pid=42')])).toHaveLength(1);
    expect(filterRows(table, [parseFilter('name=')])).toMatchObject([{ actor_id: 'actor1' }]);
  });

  it('refuse what is no filter and columns that are not there', () => {
    expect(() => parseFilter('state')).toThrow('column=value');
    expect(() => filterRows(table, [parseFilter('colour=red')])).toThrow(/no column colour. Columns: actor_id/);
  });
});

describe('formatRows', () => {
  const rows = [
    { name: 'a', size: 10, labels: { zone: 'x' } },
    { name: 'long name', size: 2, labels: {} },
  ];

  it('lays a table out in columns, with the first line of a text only', () => {
    expect(formatRows([...rows, { name: 'two\nlines' }], ['name', 'size', 'labels'], 'default')).toBe(
      `   NAME       SIZE  LABELS
0  a          10    {"zone":"x"}
1  long name  2     {}
2  two
`,
    );
  });

  it('writes the columns that were asked for as JSON and as YAML', () => {
    expect(JSON.parse(formatRows(rows, ['size'], 'json'))).toEqual([{ size: 10 }, { size: 2 }]);
    expect(formatRows(rows, ['name', 'labels'], 'yaml')).toBe(
      '- name: a\n  labels:\n    zone: x\n- name: long name\n  labels: {}\n',
    );
  });
});

describe('summarizeRows', () => {
  it('counts states by group, the largest group first', () => {
    const rows = [
      { name: 'f', state: 'RUNNING' },
      { name: 'g', state: 'FINISHED' },
      { name: 'g', state: 'FINISHED' },
      { name: 'g', state: 'FAILED' },
    ];
    expect(summarizeRows(rows, 'name', 'state')).toEqual([
      { group: 'g', total: 3, states: { FINISHED: 2, FAILED: 1 } },
      { group: 'f', total: 1, states: { RUNNING: 1 } },
    ]);
  });
});
