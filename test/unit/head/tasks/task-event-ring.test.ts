import { TaskEventRing } from '../../../../head/tasks/task-event-ring.js';
import type { TaskEvent } from '../../../../src/rpc/index.js';

const event = (taskId: string, jobId = 'j1'): TaskEvent => ({ taskId, jobId }) as TaskEvent;

describe('the ring of task events', () => {
  it('keeps the latest, oldest first, and counts the others', () => {
    const ring = new TaskEventRing(3);
    ring.add(
      ['a', 'b', 'c', 'd', 'e'].map((id) => event(id)),
      4,
    );
    expect(ring.list('', 0).map(({ taskId }) => taskId)).toEqual(['c', 'd', 'e']);
    expect(ring.list('', 2).map(({ taskId }) => taskId)).toEqual(['d', 'e']);
    expect(ring.numDropped).toBe(6);
  });
  it('tells the events of one job', () => {
    const ring = new TaskEventRing();
    ring.add([event('a'), event('b', 'j2'), event('c')], 0);
    expect(ring.list('j1', 0).map(({ taskId }) => taskId)).toEqual(['a', 'c']);
  });
});
