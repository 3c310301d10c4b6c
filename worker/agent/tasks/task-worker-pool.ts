import { type Clock, systemClock } from '../../../src/core/index.js';
import type { NodeContext } from '../node-context.js';
import { chooseIdleToEnd, type IdleWorker } from './choose-idle-to-end.js';
import { TaskWorker, type TaskWorkerPurpose, workerKey } from './task-worker.js';

const SWEEP_MS = 200;
const KEEP_IDLE_MS = 1_000;
/** An idle worker keeps what its tasks loaded: one that nobody has wanted for this long is not wanted again. */
const END_IDLE_MS = 60_000;

interface IdleTaskWorker extends IdleWorker {
  readonly worker: TaskWorker;
  /** Whose lease it served last. */
  readonly holderWorkerId: string;
}

/** Task workers between two leases. A lease takes one of its own job and environment, or a new one. */
export class TaskWorkerPool {
  readonly #node: NodeContext;
  readonly #maxIdle: number;
  readonly #clock: Clock;
  readonly #idle = new Map<string, IdleTaskWorker>();
  readonly #timer: NodeJS.Timeout;

  /** @param maxIdle workers that may stay idle for long: the node's CPUs. */
  constructor(node: NodeContext, maxIdle: number, clock: Clock = systemClock) {
    this.#node = node;
    this.#maxIdle = maxIdle;
    this.#clock = clock;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /**
   * A worker for a lease. One that has GPUs is always new: a process sees the devices that it saw first, and keeps memory
   * on them until it ends (Ray's max_calls of 1 for tasks with GPUs).
   */
  take(purpose: TaskWorkerPurpose): TaskWorker {
    const key = workerKey(purpose);
    const idle = [...this.#idle.values()].filter(({ worker }) => workerKey(worker.purpose) === key);
    const latest = purpose.gpuIds.length > 0 ? undefined : idle.at(-1);
    if (!latest) return new TaskWorker(this.#node, purpose);
    this.#idle.delete(latest.workerId);
    return latest.worker;
  }

  /** A worker whose lease is over waits for the next one. */
  put(worker: TaskWorker, holderWorkerId: string): void {
    const { workerId } = worker.process;
    worker.taskName = '';
    worker.user = { onExit: () => this.#idle.delete(workerId) };
    this.#idle.set(workerId, { workerId, worker, holderWorkerId, idleSinceMs: this.#clock.now() });
  }

  /** Workers that are gone: with the holder of its last lease nobody is likely to want a worker. */
  endOfHolders(workerIds: ReadonlySet<string>): void {
    for (const idle of this.#idle.values()) if (workerIds.has(idle.holderWorkerId)) this.#end(idle);
  }

  /** Idle workers use memory: the largest are ended first when it runs out. */
  idleWorkers(): readonly { readonly workerId: string; readonly pid: number }[] {
    return [...this.#idle.values()].map(({ workerId, worker }) => ({ workerId, pid: worker.process.pid }));
  }

  end(workerId: string): void {
    const idle = this.#idle.get(workerId);
    if (idle) this.#end(idle);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const idle of this.#idle.values()) this.#end(idle);
  }

  #sweep(): void {
    const limits = { maxIdle: this.#maxIdle, keepMs: KEEP_IDLE_MS, endMs: END_IDLE_MS };
    for (const idle of chooseIdleToEnd([...this.#idle.values()], limits, this.#clock.now())) this.#end(idle);
  }

  #end({ workerId, worker }: IdleTaskWorker): void {
    this.#idle.delete(workerId);
    worker.process.kill();
  }
}
