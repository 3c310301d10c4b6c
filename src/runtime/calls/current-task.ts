import { AsyncLocalStorage } from 'node:async_hooks';

/** The task or actor call on whose behalf code runs. */
export interface CurrentTask {
  readonly taskId: string;
  readonly name: string;
  /** 0 for the first try. */
  readonly attempt: number;
  /** The group in whose bundle it runs; empty for none. */
  readonly placementGroupId: string;
  /** Empty: what the task creates goes where its options say. */
  readonly capturedPlacementGroupId: string;
  /** Fires when the task is cancelled. */
  readonly signal: AbortSignal;
  readonly isCanceled: boolean;
  /** Says that the task waits for others, so that its CPU may do something else; the function returned says that it goes on. */
  block(): () => void;
}

const key = Symbol.for('ray-ts.current-task');
const holder = globalThis as unknown as Record<symbol, AsyncLocalStorage<CurrentTask> | undefined>;

/** On the global object, so that two copies of the package in one process share it. */
function storage(): AsyncLocalStorage<CurrentTask> {
  holder[key] ??= new AsyncLocalStorage();
  return holder[key];
}

/** Undefined outside of tasks and actor calls, as in a driver. */
export const currentTask = (): CurrentTask | undefined => holder[key]?.getStore();

/** Runs `work`, and all that it awaits, on behalf of a task. */
export const runAsTask = <T>(task: CurrentTask, work: () => T): T => storage().run(task, work);

/**
 * Awaits what others have to bring about. Meanwhile the current task, if there is one, does not count as running: without
 * this, tasks that wait for tasks that they submitted would hold all CPUs (Ray gives them back in `get` and `wait` too).
 */
export async function blocked<T>(wait: () => Promise<T>): Promise<T> {
  const unblock = currentTask()?.block();
  try {
    return await wait();
  } finally {
    unblock?.();
  }
}
