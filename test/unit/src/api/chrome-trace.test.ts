import { chromeTrace } from '../../../../src/api/chrome-trace.js';
import type { TaskEvent, TaskStatus } from '../../../../src/rpc/index.js';

function event(taskId: string, status: TaskStatus, timeMs: number, errorMessage = ''): TaskEvent {
  const where = { nodeId: 'n1', workerId: 'w1', pid: 5, jobId: 'j', actorId: '', parentTaskId: '' };
  return { ...where, taskId, status, timeMs, errorMessage, name: 'square', attempt: 0 };
}

const nodes = new Map([['n1', 'host-a']]);

describe('chromeTrace', () => {
  it('draws a run from its start to its end, in the row of its worker', () => {
    const trace = chromeTrace(
      [
        event('t', 'TASK_STATUS_SUBMITTED_TO_WORKER', 1),
        event('t', 'TASK_STATUS_RUNNING', 2),
        event('t', 'TASK_STATUS_FINISHED', 5),
      ],
      nodes,
      100,
    );
    expect(trace.filter(({ ph }) => ph === 'X')).toMatchObject([
      { name: 'task::square', pid: 'host-a', tid: 'worker:w1', ts: 2_000, dur: 3_000 },
    ]);
    expect(trace.filter(({ ph }) => ph === 'M')).toMatchObject([
      { name: 'process_name', args: { name: 'Node host-a' } },
      { name: 'thread_name', args: { name: 'worker:w1' } },
    ]);
  });

  it('draws what still runs up to now, marks failures, and leaves out what never ran', () => {
    const trace = chromeTrace(
      [
        event('running', 'TASK_STATUS_RUNNING', 10),
        event('failed', 'TASK_STATUS_RUNNING', 10),
        event('failed', 'TASK_STATUS_FAILED', 12, 'boom'),
        event('waiting', 'TASK_STATUS_PENDING_NODE_ASSIGNMENT', 1),
      ],
      nodes,
      30,
    ).filter(({ ph }) => ph === 'X');
    expect(trace).toMatchObject([
      { dur: 20_000, cname: 'generic_work' },
      { dur: 2_000, cname: 'terrible', args: { error: 'boom' } },
    ]);
  });
});
