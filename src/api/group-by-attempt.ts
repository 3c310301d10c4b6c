import type { TaskEvent } from '../rpc/index.js';

/** The events of each attempt of each task, in the order in which the attempts first appear. */
export function groupByAttempt(events: readonly TaskEvent[]): TaskEvent[][] {
  const attempts = new Map<string, TaskEvent[]>();
  for (const event of events) {
    const key = `${event.taskId} ${event.attempt}`;
    const known = attempts.get(key);
    if (known) known.push(event);
    else attempts.set(key, [event]);
  }
  return [...attempts.values()];
}
