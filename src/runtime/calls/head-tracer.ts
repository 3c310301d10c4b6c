import type { RayError } from '../../core/index.js';
import type { TaskStatus } from '../../rpc/index.js';
import type { HeadConnection } from '../head-connection.js';
import type { CallTracer } from './call-ledger.js';
import { type SubmittedCall, taskIdOf } from './submitted-call.js';

/** Tells the head of this process's calls, once there is one. */
export class HeadTracer implements CallTracer {
  #head: HeadConnection | undefined;

  attach(head: HeadConnection): void {
    this.#head = head;
  }

  admits(): boolean {
    return this.#head?.taskEvents.admits() ?? false;
  }

  record(call: SubmittedCall, status: TaskStatus, error?: RayError): void {
    const head = this.#head;
    head?.taskEvents.add({
      taskId: taskIdOf(call),
      attempt: call.attempt,
      status,
      timeMs: Date.now(),
      name: call.spec.name,
      jobId: head.jobId,
      actorId: call.carrier.actorId ?? '',
      nodeId: call.runsOn?.nodeId ?? '',
      workerId: call.runsOn?.workerId ?? '',
      pid: call.runsOn?.pid ?? 0,
      parentTaskId: call.parentTaskId,
      errorMessage: error?.message ?? '',
    });
  }
}
