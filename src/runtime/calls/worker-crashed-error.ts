import { type RayError, WorkerCrashedError } from '../../core/index.js';
import type { ActorDeath, WorkerAddress } from '../../rpc/index.js';

export interface LostTask {
  readonly name: string;
  readonly taskId: string;
  /** Tries that were made. */
  readonly numAttempts: number;
}

/** What became of a task's worker, for whoever submitted the task: how it ended, where, and its last words. */
export function workerCrashedError(
  task: LostTask,
  address: WorkerAddress,
  death: ActorDeath | undefined,
  cause: RayError | undefined,
): WorkerCrashedError {
  const hostname = death?.hostname || address.hostname;
  const pid = death?.pid || address.pid;
  const how = death?.message || cause?.message || 'The connection to it ended.';
  const tries = task.numAttempts > 1 ? ` It was tried ${task.numAttempts} times.` : '';
  const tail = death?.stderrTail.length ? `\nThe last lines of its log:\n  ${death.stderrTail.join('\n  ')}` : '';
  const message = `The worker of task ${task.name} is gone: ${how} Host ${hostname}, pid ${pid}. The task may have run.${tries}`;
  return new WorkerCrashedError(message + tail, {
    ...(cause ? { cause } : {}),
    details: {
      taskId: task.taskId,
      kind: death?.kind.replace('ACTOR_DEATH_KIND_', '') ?? 'UNREACHABLE',
      outOfMemory: death?.kind === 'ACTOR_DEATH_KIND_OUT_OF_MEMORY',
      hostname,
      pid,
      exitCode: death?.exitCode ?? 0,
      signal: death?.signal ?? '',
      stderrTail: death?.stderrTail.join('\n') ?? '',
      mayHaveRun: true,
    },
  });
}
