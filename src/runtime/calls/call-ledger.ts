import { type ObjectId, objectIdOf, type RayError, TaskCancelledError, type WorkerId } from '../../core/index.js';
import { encodeValue, fromErrorDetail, type Reply, type TaskStatus } from '../../rpc/index.js';
import { objectLostError } from '../objects/object-lost-error.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Lineage, ObjectOutcome, Objects } from '../objects/objects.js';
import { currentTask } from './current-task.js';
import { ResultStream } from './result-stream.js';
import { mayRetry, SYSTEM_FAILURE } from './retry-policy.js';
import {
  type CallCarrier,
  type CallSpec,
  type CancelOptions,
  type PendingCount,
  type SubmittedCall,
  taskIdOf,
} from './submitted-call.js';

/** Where the states of calls are told. */
export interface CallTracer {
  /** Whether there is room for the states of one more call. */
  admits(): boolean;
  record(call: SubmittedCall, status: TaskStatus, error?: RayError): void;
}

/** What a call is opened with. */
export interface NewCall {
  readonly spec: CallSpec;
  readonly carrier: CallCarrier;
  readonly capturedPlacementGroupId: string;
  readonly pending: PendingCount | undefined;
}

/**
 * Every call of this process that is not over, and the way each of them ends: its refs are settled once, its arguments are
 * let go, and who counts it is told.
 */
export class CallLedger {
  readonly #objects: Objects;
  readonly #workerId: WorkerId;
  readonly #tracer: CallTracer;
  /** By the number of each of their results. */
  readonly #open = new Map<number, SubmittedCall>();
  /** The call that is being given its results. */
  #settling: SubmittedCall | undefined;

  constructor(objects: Objects, workerId: WorkerId, tracer: CallTracer) {
    this.#objects = objects;
    this.#workerId = workerId;
    this.#tracer = tracer;
  }

  /** Enters a call, with refs for its results. Its arguments are its carrier's to encode. */
  open({ spec, carrier, capturedPlacementGroupId, pending }: NewCall): SubmittedCall {
    const isStream = spec.numReturns < 0;
    const keepsLineage = !isStream && spec.retry.maxRetries !== 0;
    const lineage: Lineage | undefined = keepsLineage
      ? { recover: (objectId) => this.#recover(call, objectId), forget: () => this.#forget(call) }
      : undefined;
    const count = numResults(spec);
    const refs = count === 1 ? [this.#objects.createPendingOne(lineage)] : this.#objects.createPending(count, lineage);
    const objectNumber = this.#objects.numberOf(refs[0]!);
    const call: SubmittedCall = {
      spec,
      carrier,
      workerId: this.#workerId,
      objectNumber,
      parentTaskId: currentTask()?.taskId ?? '',
      capturedPlacementGroupId,
      refs,
      stream: isStream ? new ResultStream(this.#objects, refs[0]!) : undefined,
      pending,
      isTraced: this.#tracer.admits(),
      runsOn: undefined,
      state: 'waiting',
      args: undefined,
      attempt: 0,
      sequence: 0,
      expectedMs: undefined,
      numLosable: keepsLineage ? count : 0,
    };
    for (let i = 0; i < count; i++) this.#open.set(objectNumber + i, call);
    if (pending) pending.numPending++;
    this.trace(call, 'TASK_STATUS_PENDING_ARGS_AVAIL');
    return call;
  }

  /** Tells a state of the call, if its states are told. */
  trace(call: SubmittedCall, status: TaskStatus, error?: RayError): void {
    if (call.isTraced) this.#tracer.record(call, status, error);
  }

  /** The call that will give the ref its value; undefined when it is over, or not of this process. */
  find(ref: ObjectRef<unknown>): SubmittedCall | undefined {
    return this.#open.get(this.#objects.numberOf(ref));
  }

  /** An item of the call's stream came. @returns as {@link Objects.settle}. */
  acceptItem(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    return reply.item ? call.stream?.accept(reply.item) : undefined;
  }

  /** The call's results came. @returns as {@link Objects.settle}. */
  complete(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    this.#settling = call;
    const borrowed = this.#settleResults(call, reply);
    this.#settling = undefined;
    this.#close(call);
    this.trace(call, 'TASK_STATUS_FINISHED');
    return borrowed;
  }

  /** The call will have no results. */
  fail(call: SubmittedCall, error: RayError): void {
    if (call.state === 'over') return;
    call.stream?.fail(error);
    for (let i = 0; i < numResults(call.spec); i++) void this.#settle(call, i, { error });
    call.numLosable = 0;
    this.#close(call);
    this.trace(call, 'TASK_STATUS_FAILED', error);
  }

  /** Fails the call as cancelled, and has its carrier stop it. */
  cancel(call: SubmittedCall, options: CancelOptions): void {
    if (call.state === 'over') return;
    const wasSent = call.state === 'sent';
    this.fail(call, cancelledError(call, wasSent));
    call.carrier.cancel(call, options);
  }

  /** Cancels what a task has submitted from this process. */
  cancelChildren(parentTaskId: string): void {
    for (const call of new Set(this.#open.values())) {
      if (call.parentTaskId === parentTaskId) this.cancel(call, { force: false, recursive: true });
    }
  }

  #settleResults(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    const { result, stored, results, streamEnd } = reply;
    if (call.stream && streamEnd !== undefined && streamEnd !== null) {
      call.stream.complete(streamEnd);
      return this.#settle(call, 0, { value: NOTHING });
    }
    if (!results) return this.#settle(call, 0, stored ? { stored } : { value: result ?? NOTHING });
    const borrows = results.results.map((one, index) =>
      this.#settle(call, index, one.stored ? { stored: one.stored } : { value: one.value ?? NOTHING }),
    );
    const waits = borrows.filter((borrowed) => borrowed !== undefined);
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined;
  }

  #settle(call: SubmittedCall, index: number, outcome: ObjectOutcome): Promise<void> | undefined {
    return this.#objects.settle(targetOf(call, index, this.#workerId), outcome);
  }

  #close(call: SubmittedCall): void {
    if (call.state === 'over') return;
    call.state = 'over';
    for (let i = 0; i < numResults(call.spec); i++) this.#open.delete(call.objectNumber + i);
    call.refs = [];
    if (call.numLosable === 0) releaseArguments(call);
    if (!call.pending) return;
    call.pending.numPending--;
    if (call.pending.numPending === 0) call.pending.onNone();
  }

  /** A result of a call that was over is gone: it runs again, as one of its retries. */
  #recover(call: SubmittedCall, objectId: ObjectId): RayError | undefined {
    // It came from a node that is known to be dead: the call is over in a moment.
    if (this.#settling === call) queueMicrotask(() => this.#recoverLate(call, objectId));
    // Several results of one call may be found lost one after the other.
    if (call.state !== 'over') return undefined;
    if (!call.args || !mayRetry(call.spec.retry, call.attempt, SYSTEM_FAILURE)) {
      return objectLostError(objectId, 'retries-exhausted', `It is a result of ${call.spec.name}.`);
    }
    call.attempt++;
    call.state = 'ready';
    for (let i = 0; i < numResults(call.spec); i++) this.#open.set(call.objectNumber + i, call);
    if (call.pending) call.pending.numPending++;
    call.carrier.resubmit(call);
    return undefined;
  }

  #recoverLate(call: SubmittedCall, objectId: ObjectId): void {
    const error = this.#recover(call, objectId);
    if (error) void this.#objects.settle(objectId, { error });
  }

  #forget(call: SubmittedCall): void {
    if (call.numLosable > 0) call.numLosable--;
    if (call.numLosable === 0 && call.state === 'over') releaseArguments(call);
  }
}

const NOTHING = encodeValue(undefined);

/** A stream has one that stands for the whole; a call without results one that nobody sees, which names it. */
const numResults = ({ numReturns }: CallSpec): number => Math.max(1, numReturns);

/** By its ref as long as there is one; later by its id. */
function targetOf(call: SubmittedCall, index: number, workerId: WorkerId) {
  return call.refs[index] ?? objectIdOf(workerId, call.objectNumber + index);
}

function releaseArguments(call: SubmittedCall): void {
  call.args?.release?.();
  call.args = undefined;
}

/** The error of a reply that carries one. */
export const errorOf = (reply: Reply): RayError | undefined => (reply.error ? fromErrorDetail(reply.error) : undefined);

const cancelledError = (call: SubmittedCall, mayHaveRun: boolean): TaskCancelledError =>
  new TaskCancelledError(
    `The call ${call.spec.name} was cancelled${mayHaveRun ? '; it may have run, in whole or in part' : ' before it ran'}.`,
    { details: { taskId: taskIdOf(call), mayHaveRun } },
  );
