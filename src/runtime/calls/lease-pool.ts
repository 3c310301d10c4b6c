import { createLeaseId, type RayError, systemClock, TaskCancelledError } from '../../core/index.js';
import {
  type ActorDeath,
  type Draft,
  fromErrorDetail,
  type LeaseRequest,
  type LeaseUpdate,
  type Reply,
} from '../../rpc/index.js';
import type { HeadConnection } from '../head-connection.js';
import { type CallLedger, errorOf } from './call-ledger.js';
import { chooseLease, isSurplus, missingLeases } from './lease-policy.js';
import { LeasedWorker } from './leased-worker.js';
import { mayRetry, SYSTEM_FAILURE } from './retry-policy.js';
import { type CallCarrier, type CancelOptions, type SubmittedCall, taskIdOf } from './submitted-call.js';
import { workerCrashedError } from './worker-crashed-error.js';

/** What the tasks of one pool ask of a worker. */
export type LeaseShape = Pick<Draft<LeaseRequest>, 'resources' | 'strategy' | 'runtimeEnv' | 'name'>;

/** How long the head's word on a lost worker is waited for: it knows how the process ended. */
const VERDICT_MS = 2_000;
/** While others wait for resources, leases without a task go back at once. */
const RECLAIM_MS = 1_000;

/** The tasks of this process that ask for the same, and the workers that it holds for them. */
export class LeasePool implements CallCarrier {
  readonly #shape: LeaseShape;
  readonly #head: HeadConnection;
  readonly #ledger: CallLedger;
  #queue: SubmittedCall[] = [];
  readonly #requested = new Set<string>();
  readonly #workers = new Map<string, LeasedWorker>();
  /** Lost workers whose tasks wait for the head's word. */
  readonly #verdicts = new Map<string, (death: ActorDeath | undefined) => void>();
  #flushing: 'no' | 'scheduled' = 'no';
  #reclaimedMs = -Infinity;

  constructor(shape: LeaseShape, head: HeadConnection, ledger: CallLedger) {
    this.#shape = shape;
    this.#head = head;
    this.#ledger = ledger;
  }

  /** True when there is nothing to watch. */
  get isQuiet(): boolean {
    return this.#queue.length === 0 && this.#requested.size === 0 && this.#workers.size === 0;
  }

  /** Queues a call whose arguments are encoded. */
  resubmit(call: SubmittedCall): void {
    this.#queue.push(call);
    this.#schedule();
  }

  cancel(call: SubmittedCall, { force, recursive }: CancelOptions): void {
    this.#queue = this.#queue.filter((queued) => queued !== call);
    this.#schedule();
    const worker = [...this.#workers.values()].find(({ inFlight }) => inFlight.includes(call));
    if (!worker) return;
    if (!force) worker.cancel(call, recursive);
    else {
      this.#head.leases.giveBack(worker.leaseId, true);
      const cause = new TaskCancelledError(`A task beside it was cancelled by force: ${call.spec.name}.`);
      this.#lose(worker, undefined, cause);
    }
  }

  consumed(call: SubmittedCall, numTaken: number): void {
    for (const worker of this.#workers.values()) worker.consumed(call, numTaken);
  }

  /** Others wait for what idle workers hold. */
  reclaim(): void {
    this.#reclaimedMs = systemClock.now();
    this.tick();
  }

  /** Gives back what is idle, and takes back what waits behind a long task. */
  tick(): void {
    const now = systemClock.now();
    const othersWait = now - this.#reclaimedMs < RECLAIM_MS;
    for (const worker of [...this.#workers.values()]) {
      if (this.#queue.length === 0 && isSurplus(worker, now, othersWait)) this.#giveBack(worker);
      else worker.recallIfStuck(now);
    }
    this.#flush();
  }

  /** The cluster is lost: nothing will run any more. */
  fail(error: RayError): void {
    const calls = [...this.#queue, ...[...this.#workers.values()].flatMap(({ inFlight }) => inFlight)];
    for (const worker of this.#workers.values()) worker.close();
    for (const verdict of [...this.#verdicts.values()]) verdict(undefined);
    this.#workers.clear();
    this.#queue = [];
    for (const call of calls) this.#ledger.fail(call, error);
  }

  #schedule(): void {
    if (this.#flushing === 'scheduled') return;
    this.#flushing = 'scheduled';
    // After the promises of this turn, so that leases are asked for with the whole queue in view.
    process.nextTick(() => {
      this.#flushing = 'no';
      this.#flush();
    });
  }

  #flush(): void {
    let numSent = 0;
    for (const call of this.#queue) {
      const worker = chooseLease(this.#workers.values(), call.spec.time.meanMs);
      if (!worker) break;
      this.#ledger.trace(call, 'TASK_STATUS_SUBMITTED_TO_WORKER');
      worker.send(call);
      numSent++;
    }
    if (numSent > 0) this.#queue = numSent === this.#queue.length ? [] : this.#queue.slice(numSent);
    this.#balanceRequests();
  }

  #balanceRequests(): void {
    const missing = missingLeases({
      numQueued: this.#queue.length,
      meanTaskMs: this.#queue[0]?.spec.time.meanMs,
      numLeases: this.#workers.size,
      numRequested: this.#requested.size,
    });
    for (let i = 0; i < missing; i++) this.#request();
    if (missing < 0) for (const leaseId of [...this.#requested].slice(missing)) this.#withdraw(leaseId);
  }

  #request(): void {
    const leaseId = createLeaseId();
    this.#requested.add(leaseId);
    const request = { ...this.#shape, leaseId, jobId: this.#head.jobId };
    this.#head.leases.request(request, (update) => this.#onUpdate(update));
  }

  #withdraw(leaseId: string): void {
    this.#requested.delete(leaseId);
    this.#head.leases.giveBack(leaseId);
  }

  #giveBack(worker: LeasedWorker): void {
    this.#workers.delete(worker.leaseId);
    worker.close();
    this.#head.leases.giveBack(worker.leaseId);
  }

  #onUpdate({ leaseId, granted, failed, ended }: LeaseUpdate): void {
    if (granted && this.#requested.delete(leaseId)) {
      const worker = new LeasedWorker(leaseId, granted, this.#head, {
        onStart: (call) => this.#ledger.trace(call, 'TASK_STATUS_RUNNING'),
        onReply: (call, reply) => this.#onReply(call, reply),
        onRoom: () => this.#flush(),
        onEnd: (lost, end) => this.#onStreamEnd(lost, end),
      });
      this.#workers.set(leaseId, worker);
      this.#flush();
    }
    if (failed) this.#onRefused(leaseId, fromErrorDetail(failed));
    if (ended) this.#onEnded(leaseId, ended);
  }

  /** No worker can ever be had: the tasks that wait for one did not run. */
  #onRefused(leaseId: string, error: RayError): void {
    if (!this.#requested.delete(leaseId)) return;
    const queue = this.#queue;
    this.#queue = [];
    for (const call of queue) this.#ledger.fail(call, error);
    this.#balanceRequests();
  }

  #onEnded(leaseId: string, death: ActorDeath): void {
    this.#requested.delete(leaseId);
    const verdict = this.#verdicts.get(leaseId);
    if (verdict) verdict(death);
    const worker = this.#workers.get(leaseId);
    if (worker) this.#lose(worker, death, undefined);
  }

  #onReply(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    if (reply.item) return this.#ledger.acceptItem(call, reply);
    const error = errorOf(reply);
    if (!error) return this.#ledger.complete(call, reply);
    if (call.state === 'over') return undefined;
    const wasRecalled = error.code === 'RAY_TASK_CANCELLED' && error.details['recalled'] === true;
    if (wasRecalled) this.#runAgain([call]);
    else if (mayRetry(call.spec.retry, call.attempt, { kind: 'application', error })) this.#retry(call);
    else this.#ledger.fail(call, error);
    return undefined;
  }

  #retry(call: SubmittedCall): void {
    call.attempt++;
    this.#runAgain([call]);
  }

  #runAgain(calls: readonly SubmittedCall[]): void {
    for (const call of calls) call.state = 'ready';
    this.#queue = [...calls, ...this.#queue];
    this.#schedule();
  }

  #onStreamEnd(worker: LeasedWorker, end: RayError | undefined): void {
    if (!this.#workers.delete(worker.leaseId)) return;
    const timer = setTimeout(() => decide(undefined), VERDICT_MS);
    const decide = (death: ActorDeath | undefined): void => {
      clearTimeout(timer);
      this.#verdicts.delete(worker.leaseId);
      // Whether it still runs is not known: it must not run on for nobody.
      if (!death) this.#head.leases.giveBack(worker.leaseId, true);
      this.#lose(worker, death, end);
    };
    this.#verdicts.set(worker.leaseId, decide);
  }

  #lose(worker: LeasedWorker, death: ActorDeath | undefined, cause: RayError | undefined): void {
    this.#workers.delete(worker.leaseId);
    worker.close();
    const again: SubmittedCall[] = [];
    for (const call of worker.inFlight) {
      if (call.state === 'over') continue;
      if (mayRetry(call.spec.retry, call.attempt, SYSTEM_FAILURE)) {
        call.attempt++;
        again.push(call);
      } else {
        const task = { name: call.spec.name, taskId: taskIdOf(call), numAttempts: call.attempt + 1 };
        this.#ledger.fail(call, workerCrashedError(task, worker.address, death, cause));
      }
    }
    this.#runAgain(again);
  }
}
