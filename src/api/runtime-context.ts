import {
  type ActorId,
  type JobId,
  type NodeId,
  type WorkerContext,
  type WorkerId,
  workerContext,
} from '../core/index.js';
import { currentTask } from '../runtime/calls/current-task.js';
import { currentRuntime } from '../runtime/runtime.js';
import { requireConnection } from './init.js';
import { surroundingPlacementGroup } from './scheduling-options.js';

/** Where code runs, and for which task. */
export interface RuntimeContext {
  readonly jobId: JobId;
  /** Of the job in a driver, of the actor in an actor; undefined in a task. */
  readonly namespace: string | undefined;
  readonly workerId: WorkerId;
  /** Undefined in a driver. */
  readonly nodeId: NodeId | undefined;
  /** Undefined outside of actors. */
  readonly actorId: ActorId | undefined;
  /** Undefined outside of tasks and calls of actors. */
  readonly taskId: string | undefined;
  /** Of the task or call; empty outside. */
  readonly taskName: string;
  /** Tries of this task before this one. */
  readonly attemptNumber: number;
  /** Whether the actor was started before. */
  readonly wasCurrentActorReconstructed: boolean;
  /** The placement group in whose bundle the task or actor runs; undefined outside of groups, and in a driver. */
  readonly currentPlacementGroupId: string | undefined;
  /** host:port of the head. */
  readonly headAddress: string;
  /** Devices leased to this process, by resource name. */
  readonly acceleratorIds: Readonly<Record<string, readonly string[]>>;
  /** Fires when the current task is cancelled; never outside of tasks. */
  readonly signal: AbortSignal;
  /** Whether the current task has been cancelled. */
  isCanceled(): boolean;
}

/**
 * What is known of the place and the task that the code runs in.
 * @throws {NotInitializedError} in a driver that is not connected.
 */
export function getRuntimeContext(): RuntimeContext {
  const task = currentTask();
  const worker = workerContext();
  return {
    ...(worker ? placeOfWorker(worker) : placeOfDriver()),
    workerId: currentRuntime().workerId,
    nodeId: worker?.nodeId,
    actorId: worker?.actor?.actorId,
    taskId: task?.taskId,
    taskName: task?.name ?? '',
    attemptNumber: task?.attempt ?? 0,
    wasCurrentActorReconstructed: (worker?.actor?.numRestarts ?? 0) > 0,
    currentPlacementGroupId: surroundingPlacementGroup() || undefined,
    acceleratorIds: { GPU: worker?.gpuIds ?? [] },
    signal: task?.signal ?? NEVER.signal,
    isCanceled: () => task?.isCanceled ?? false,
  };
}

/** The devices leased to this process, by their number on the node; none in a driver. */
export const getGpuIds = (): readonly string[] => workerContext()?.gpuIds ?? [];

const placeOfWorker = ({ jobId, actor, headAddress }: WorkerContext) => ({
  jobId,
  namespace: actor?.namespace,
  headAddress: headAddress.split(',', 1)[0]!,
});

function placeOfDriver() {
  const { jobId, namespace, head } = requireConnection();
  return { jobId, namespace, headAddress: head.address };
}

const NEVER = new AbortController();
