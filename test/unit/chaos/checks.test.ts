import { checkActors } from '../../chaos/checks/check-actors.js';
import { checkAtLeastOnce, checkAtMostOnce } from '../../chaos/checks/check-calls.js';
import { checkGroups } from '../../chaos/checks/check-groups.js';
import { checkKeys } from '../../chaos/checks/check-keys.js';
import { checkLeftovers, checkResources, checkStoredObjects } from '../../chaos/checks/check-leaks.js';
import { checkObjects } from '../../chaos/checks/check-objects.js';
import { checkRun } from '../../chaos/checks/check-run.js';
import { checkSettled } from '../../chaos/checks/check-settled.js';
import { checkTasks } from '../../chaos/checks/check-tasks.js';
import type { Violation } from '../../chaos/checks/violation.js';
import type { LoadRecord, Step, Work } from '../../chaos/load/load-record.js';

/** A piece of work that began and ended so. */
function piece(work: Work, id: string, step: Step, more: Partial<LoadRecord> = {}): LoadRecord[] {
  const started: LoadRecord = { atMs: 0, work, id, step: 'started', ...more };
  return step === 'started' ? [started] : [started, { ...started, step }];
}

const promises = (violations: readonly Violation[]): string[] => violations.map(({ promise }) => promise);

describe('calls that promise not to run twice', () => {
  const call = (id: string, step: Step): LoadRecord[] => piece('at-most-once', id, step);

  it('may have run or not when their fate is unknown', () => {
    const records = [
      ...call('a', 'acknowledged'),
      ...call('b', 'unknown'),
      ...call('c', 'unknown'),
      ...call('d', 'refused'),
    ];
    expect(checkAtMostOnce(records, ['b', 'a'])).toEqual([]);
  });

  it('are found when one ran twice, acknowledged or not', () => {
    const records = [...call('a', 'acknowledged'), ...call('b', 'unknown')];
    const violations = checkAtMostOnce(records, ['a', 'b', 'a', 'b', 'b']);
    expect(violations.map(({ seen }) => seen)).toEqual(['a ran 2 times', 'b ran 3 times']);
  });

  it('are found when an acknowledged one left no effect', () => {
    expect(promises(checkAtMostOnce(call('a', 'acknowledged'), []))).toEqual(['an acknowledged call has run']);
  });

  it('are found when one ran that was said not to have', () => {
    expect(promises(checkAtMostOnce(call('a', 'refused'), ['a']))).toEqual([
      'a call whose error says that it did not run has not',
    ]);
  });

  it('are found when one ran that nobody called', () => {
    expect(promises(checkAtMostOnce([], ['a']))).toEqual(['what runs was called']);
  });
});

describe('calls that promise to run', () => {
  const call = (id: string, step: Step): LoadRecord[] => piece('at-least-once', id, step);

  it('may run several times', () => {
    expect(checkAtLeastOnce(call('a', 'acknowledged'), ['a', 'a'])).toEqual([]);
  });

  it('are found when an acknowledged one did not run', () => {
    expect(promises(checkAtLeastOnce(call('a', 'acknowledged'), ['b']))).toEqual(['an acknowledged call has run']);
  });

  it.each<Step>(['unknown', 'refused'])('are found when one fails (%s)', (step) => {
    expect(promises(checkAtLeastOnce(call('a', step), ['a']))).toEqual([
      'a call that is retried without end succeeds in the end',
    ]);
  });
});

describe('actors that restart without end', () => {
  const records = [
    ...piece('at-most-once', 'a/0/1', 'acknowledged'),
    ...piece('at-least-once', 'b/0/1', 'acknowledged'),
  ];

  it('are there in the end', () => {
    expect(checkActors(records, ['b', 'a'])).toEqual([]);
  });

  it('are found when one is not', () => {
    expect(checkActors(records, ['a']).map(({ seen }) => seen)).toEqual(['b is not']);
  });

  it('may have failed to come up at all', () => {
    expect(checkActors(piece('at-most-once', 'a/0/1', 'unknown'), [])).toEqual([]);
  });
});

describe('placement groups', () => {
  const NODES = ['node1', 'node2'];
  const group = (name: string, state = 'CREATED', nodeIds = NODES) => ({ name, state, nodeIds });
  const made = piece('create-group', 'g', 'acknowledged');

  it('are there until they are removed', () => {
    expect(checkGroups(made, [group('g')], NODES)).toEqual([]);
    expect(checkGroups([...made, ...piece('remove-group', 'g', 'acknowledged')], [], NODES)).toEqual([]);
  });

  it('may be there or not when their making or their removal is unknown', () => {
    const records = [...piece('create-group', 'h', 'unknown'), ...made, ...piece('remove-group', 'g', 'unknown')];
    expect(checkGroups(records, [group('g', 'RESCHEDULING')], NODES)).toEqual([]);
    expect(checkGroups(records, [group('h')], NODES)).toEqual([]);
  });

  it('are found when one is lost', () => {
    expect(promises(checkGroups(made, [], NODES))).toEqual([
      'a group that was acknowledged is there until it is removed',
    ]);
  });

  it('are found when one is not whole', () => {
    const promise = 'a group that was acknowledged is whole again when all is healed';
    expect(promises(checkGroups(made, [group('g', 'RESCHEDULING')], NODES))).toEqual([promise]);
    expect(promises(checkGroups(made, [group('g', 'CREATED', ['node1', 'node9'])], NODES))).toEqual([promise]);
    expect(promises(checkGroups(made, [group('g', 'CREATED', ['node1', ''])], NODES))).toEqual([promise]);
  });

  it('are found when one is there that was removed, also if its making was unknown', () => {
    const removed = piece('remove-group', 'g', 'acknowledged');
    const promise = 'a group whose removal was acknowledged is gone';
    expect(promises(checkGroups([...made, ...removed], [group('g')], NODES))).toEqual([promise]);
    const unknown = [...piece('create-group', 'g', 'unknown'), ...removed];
    expect(promises(checkGroups(unknown, [group('g')], NODES))).toEqual([promise]);
  });

  it('are found when one is there that nobody made', () => {
    const promise = 'every group was asked for';
    expect(promises(checkGroups([], [group('g')], NODES))).toEqual([promise]);
    expect(promises(checkGroups(piece('create-group', 'g', 'refused'), [group('g')], NODES))).toEqual([promise]);
  });
});

describe('keys', () => {
  const put = (value: number, step: Step): LoadRecord[] => piece('put-key', `put${value}`, step, { key: 'k', value });
  const got = (value: number, name = 'get'): LoadRecord[] =>
    piece('get-key', `${name}${value}`, 'acknowledged', { key: 'k', value });

  it('hold the last acknowledged value, or a later one of unknown fate', () => {
    const records = [...put(1, 'acknowledged'), ...put(2, 'acknowledged'), ...put(3, 'unknown')];
    expect(checkKeys(records, { k: 2 })).toEqual([]);
    expect(checkKeys(records, { k: 3 })).toEqual([]);
  });

  it('are found when an acknowledged write is lost at the end', () => {
    const records = [...put(1, 'acknowledged'), ...put(2, 'acknowledged')];
    expect(promises(checkKeys(records, { k: 1 }))).toEqual(['no acknowledged write is lost']);
    expect(promises(checkKeys(records, {}))).toEqual(['no acknowledged write is lost']);
  });

  it('are found when a read goes back behind an acknowledged write', () => {
    const records = [...put(1, 'acknowledged'), ...got(1), ...put(2, 'acknowledged'), ...got(1, 'stale')];
    expect(checkKeys(records, { k: 2 })).toEqual([
      { promise: 'no acknowledged write is lost', seen: 'k holds 1 (stale1) after 2 was acknowledged' },
    ]);
  });

  it('are found when they hold what nobody wrote', () => {
    const records = [...put(1, 'acknowledged'), ...put(2, 'refused')];
    expect(promises(checkKeys(records, { k: 2 }))).toEqual(['what is read was written']);
    expect(promises(checkKeys(put(1, 'acknowledged'), { k: 7 }))).toEqual(['what is read was written']);
  });
});

describe('tasks and all that is asked for', () => {
  it('return the right result', () => {
    expect(checkTasks(piece('task', 't', 'acknowledged'))).toEqual([]);
    expect(checkTasks(piece('task', 't', 'unknown', { error: 'wrong' }))).toHaveLength(1);
  });

  it('come to an end', () => {
    expect(checkSettled([...piece('task', 't', 'unknown'), ...piece('put-key', 'p', 'refused')])).toEqual([]);
    expect(checkSettled(piece('task', 't', 'started'))).toHaveLength(1);
  });
});

describe('objects', () => {
  const lost = { code: 'RAY_OBJECT_LOST', reason: 'put', error: 'lost' };
  const freed = { code: 'RAY_OBJECT_LOST', reason: 'freed', error: 'freed' };
  const ownerDied = { code: 'RAY_OWNER_DIED', error: 'the owner died' };
  const wrong = { error: 'number 3 is 8, not 9' };
  type Facts = Partial<LoadRecord>;

  it.each<[Work, Step, Facts]>([
    ['read-object', 'unknown', { size: 'large', ...lost }],
    ['read-lent-object', 'unknown', { size: 'large', ...lost }],
    ['read-lent-object', 'unknown', { size: 'small', ...ownerDied }],
    ['read-lent-object', 'refused', { size: 'small', error: 'the actor has forgotten it' }],
    ['hand-on-object', 'refused', { size: 'large', error: 'the actor has forgotten it' }],
    ['read-result', 'acknowledged', { size: 'large' }],
  ])('may be gone with what had or made them (%s %s %j)', (work, step, facts) => {
    expect(checkObjects(piece(work, 'o', step, facts))).toEqual([]);
  });

  it.each<[Work, Facts]>([
    ['put-object', { size: 'large', code: 'RAY_ACTOR_UNAVAILABLE', error: 'gone' }],
    ['read-object', { size: 'small', ...lost }],
    ['read-object', { size: 'large', ...freed }],
    ['read-object', { size: 'large', ...ownerDied }],
    ['read-lent-object', { size: 'small', ...lost }],
    ['read-lent-object', { size: 'large', ...freed }],
    ['read-result', { size: 'large', ...lost }],
    ['read-argument', { size: 'large', ...ownerDied }],
    ['read-object', { size: 'large', ...wrong }],
    ['read-lent-object', { size: 'small', ...wrong }],
  ])('are found when they are wrong, or gone without need (%s %j)', (work, facts) => {
    expect(promises(checkObjects(piece(work, 'o', 'unknown', facts)))).toEqual([
      'an object is read as it was made, unless what has it or made it is gone',
    ]);
  });

  it('are found when they outlive their owner', () => {
    const object = { object_id: 'o', owner_worker_id: 'w', node_id: 'n', state: 'SEALED' };
    expect(promises(checkStoredObjects([object]))).toEqual(['no object outlives its owner']);
    expect(checkStoredObjects([])).toEqual([]);
  });
});

describe('what is left', () => {
  it('is found as resources that no node got back', () => {
    const node = (available: number) => ({ nodeId: 'n', total: { CPU: 40_000 }, available: { CPU: available } });
    expect(checkResources([node(40_000)])).toEqual([]);
    expect(checkResources([node(39_999)])).toHaveLength(1);
    expect(checkResources([node(40_001)])).toHaveLength(1);
    expect(checkResources([{ nodeId: 'n', total: { CPU: 1 }, available: {} }])).toHaveLength(1);
  });

  it('is found as processes and files', () => {
    const left = { hostname: 'h', processes: [{ pid: 1, command: 'ray-ts: Counter' }], segments: ['ray-ts-x'] };
    expect(promises(checkLeftovers([left]))).toEqual(['no process is left', 'no shared-memory file is left']);
    expect(checkLeftovers([{ hostname: 'h', processes: [], segments: [] }])).toEqual([]);
  });
});

describe('the check of a run', () => {
  const history = { records: [], atMostOnceEffects: [], atLeastOnceEffects: [], cluster: undefined };

  it('holds the history to every promise', () => {
    const records = [
      ...piece('at-most-once', 'a', 'acknowledged'),
      ...piece('at-least-once', 'b', 'acknowledged'),
      ...piece('task', 'c', 'unknown'),
      ...piece('task', 'd', 'started'),
      ...piece('read-result', 'g', 'unknown', { error: 'wrong' }),
      ...piece('create-group', 'e', 'acknowledged'),
      ...piece('put-key', 'f', 'acknowledged', { key: 'f', value: 1 }),
    ];
    expect(
      checkRun({ ...history, records, cluster: { groups: [], liveNodeIds: [], livingActors: ['b'], keys: {} } }),
    ).toHaveLength(8);
    expect(checkRun(history)).toEqual([]);
  });
});
