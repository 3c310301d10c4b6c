import { groupByAttempt } from '../../api/index.js';
import type { ListTasksResponse, TaskEvent } from '../../rpc/index.js';
import type { StateRow, StateTable } from './state-row.js';

/** The tasks and actor calls of which the head knows, one row per attempt, in the order in which they began. */
export function taskTable({ events, numDropped }: ListTasksResponse): StateTable {
  const dropped = `${numDropped} older or too frequent task events were dropped; the table is not complete.`;
  return {
    columns: ['task_id', 'attempt_number', 'name', 'state', 'job_id', 'actor_id', 'type', 'node_id', 'worker_pid'],
    idColumn: 'task_id',
    rows: groupByAttempt(events).map(taskRow),
    warnings: numDropped > 0 ? [dropped] : [],
  };
}

function taskRow(events: readonly TaskEvent[]): StateRow {
  const inOrder = events.toSorted((left, right) => left.timeMs - right.timeMs || order(left) - order(right));
  const last = inOrder.at(-1)!;
  const running = inOrder.find((event) => event.status === 'TASK_STATUS_RUNNING');
  const isOver = last.status === 'TASK_STATUS_FINISHED' || last.status === 'TASK_STATUS_FAILED';
  return {
    task_id: last.taskId,
    attempt_number: last.attempt,
    name: latest(inOrder, 'name'),
    state: stateOf(last),
    job_id: latest(inOrder, 'jobId'),
    actor_id: latest(inOrder, 'actorId'),
    type: latest(inOrder, 'actorId') ? 'ACTOR_TASK' : 'NORMAL_TASK',
    node_id: latest(inOrder, 'nodeId'),
    worker_id: latest(inOrder, 'workerId'),
    worker_pid: inOrder.findLast((event) => event.pid > 0)?.pid ?? 0,
    parent_task_id: latest(inOrder, 'parentTaskId'),
    error_message: latest(inOrder, 'errorMessage'),
    start_time: running ? new Date(running.timeMs).toISOString() : '',
    duration_ms: running && isOver ? last.timeMs - running.timeMs : null,
    events: inOrder.map((event) => ({ state: stateOf(event), time: new Date(event.timeMs).toISOString() })),
  };
}

const STATES: readonly TaskEvent['status'][] = [
  'TASK_STATUS_UNSPECIFIED',
  'TASK_STATUS_PENDING_ARGS_AVAIL',
  'TASK_STATUS_PENDING_NODE_ASSIGNMENT',
  'TASK_STATUS_SUBMITTED_TO_WORKER',
  'TASK_STATUS_RUNNING',
  'TASK_STATUS_FINISHED',
  'TASK_STATUS_FAILED',
];

const order = (event: TaskEvent): number => STATES.indexOf(event.status);

const stateOf = (event: TaskEvent): string => event.status.slice('TASK_STATUS_'.length);

/** The last event that says it: not every event repeats every fact. */
const latest = (
  events: readonly TaskEvent[],
  field: 'name' | 'jobId' | 'actorId' | 'nodeId' | 'workerId' | 'parentTaskId' | 'errorMessage',
): string => events.findLast((event) => event[field] !== '')?.[field] ?? '';
