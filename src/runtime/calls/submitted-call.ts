import { objectIdOf, type TaskId, type WorkerId } from '../../core/index.js';
import type { RemoteDefinition, WorkerAddress } from '../../rpc/index.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { EncodedArguments } from '../objects/objects.js';
import type { ResultStream } from './result-stream.js';
import type { RetryPolicy } from './retry-policy.js';
import type { TaskTime } from './task-time.js';

/** What all calls of one method, or of one function with its options, have in common. */
export interface CallSpec {
  /** For people: "Counter.add", or the function's name. */
  readonly name: string;
  /** Empty for a task. */
  readonly method: string;
  /** Of a task. */
  readonly definition: RemoteDefinition | undefined;
  /** -1: a stream of items. */
  readonly numReturns: number;
  /** Items that a producer may be ahead; 0: any number. */
  readonly backpressure: number;
  readonly concurrencyGroup: string;
  readonly retry: RetryPolicy;
  /** How long the calls take; kept for tasks. */
  readonly time: TaskTime;
}

export interface CancelOptions {
  /** End the process of a task that runs. */
  readonly force: boolean;
  /** Cancel what the call has submitted itself too. */
  readonly recursive: boolean;
}

/** What has a call in its hands until the call is over: the line to an actor, or the leases for tasks. */
export interface CallCarrier {
  /** Of the actor that the calls go to. */
  readonly actorId?: string;
  /** Takes the call out of the queue, or tells the callee; the caller's refs are settled already. */
  cancel(call: SubmittedCall, options: CancelOptions): void;
  /** Runs a call again whose results were lost. */
  resubmit(call: SubmittedCall): void;
  /** The producer may go on: the caller has taken so many items. */
  consumed(call: SubmittedCall, numTaken: number): void;
}

/** Counts the unfinished calls to one actor. */
export interface PendingCount {
  numPending: number;
  /** Called whenever the last one has ended. */
  onNone: () => void;
}

export type CallState =
  /** For a ref among its arguments. */
  | 'waiting'
  | 'ready'
  | 'sent'
  /** Its refs are settled. */
  | 'over';

/** One call, from `.remote()` to its outcome and, for as long as its results may be lost, beyond. */
export interface SubmittedCall {
  readonly spec: CallSpec;
  readonly carrier: CallCarrier;
  /** Of this process, which owns the results. */
  readonly workerId: WorkerId;
  /** Of its first result, among the caller's objects. */
  readonly objectNumber: number;
  readonly parentTaskId: string;
  /** Empty: what the task creates goes where its options say. */
  readonly capturedPlacementGroupId: string;
  /** The results; emptied when they are settled, so that nothing but the program holds them. */
  refs: readonly ObjectRef<unknown>[];
  /** Of a call with a stream of items. */
  readonly stream: ResultStream | undefined;
  readonly pending: PendingCount | undefined;
  /** Its states are told to the head. */
  readonly isTraced: boolean;
  /** Where it was sent last; undefined before. */
  runsOn: WorkerAddress | undefined;
  state: CallState;
  /** Undefined while it waits for them, and when they are not needed any more. */
  args: EncodedArguments | undefined;
  attempt: number;
  /** On the stream that it was sent on last. */
  sequence: number;
  /** What it was expected to take when it was sent; undefined: unknown. */
  expectedMs: number | undefined;
  /** Results that could still be lost. */
  numLosable: number;
}

/** A call goes by the id of its first result. */
export const taskIdOf = ({ workerId, objectNumber }: SubmittedCall): TaskId =>
  objectIdOf(workerId, objectNumber) as string as TaskId;

/** A call with its results: refs that the call itself holds only until they are settled. */
export interface CallResults {
  readonly call: SubmittedCall;
  readonly refs: readonly ObjectRef<unknown>[];
}
