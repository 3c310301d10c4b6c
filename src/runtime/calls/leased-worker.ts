import { ActorUnavailableError, type RayError, systemClock } from '../../core/index.js';
import { type Reply, RpcClient, type WorkerAddress } from '../../rpc/index.js';
import type { HeadConnection } from '../head-connection.js';
import { CallStream } from './call-stream.js';
import { isStuck, type LeaseLoad } from './lease-policy.js';
import type { SubmittedCall } from './submitted-call.js';

export interface LeasedWorkerListener {
  onStart(call: SubmittedCall): void;
  onReply(call: SubmittedCall, reply: Reply): Promise<void> | undefined;
  /** Some tasks have ended: there may be room for others. */
  onRoom(): void;
  /** The process, or the way to it, is gone. */
  onEnd(worker: LeasedWorker, end: RayError | undefined): void;
}

/** A worker that runs tasks of this process: its stream, and how much it has to do. */
export class LeasedWorker implements LeaseLoad {
  readonly leaseId: string;
  readonly address: WorkerAddress;
  readonly #client: RpcClient<'WorkerService'>;
  readonly #stream: CallStream;
  readonly #listener: LeasedWorkerListener;
  #expectedMs = 0;
  #numUnknown = 0;
  #lastProgressMs = systemClock.now();
  /** Since when the tasks behind the running one have been asked back; cleared by its next answer. */
  #recall: 'none' | 'asked' = 'none';

  constructor(leaseId: string, address: WorkerAddress, head: HeadConnection, listener: LeasedWorkerListener) {
    this.leaseId = leaseId;
    this.address = address;
    this.#listener = listener;
    this.#client = new RpcClient('WorkerService', {
      address: address.rpcAddress,
      credentials: head.cluster.credentials,
      peer: `The worker ${address.workerId} (pid ${address.pid} on ${address.hostname})`,
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
    const handshake = { leaseId, jobId: head.jobId, workerId: head.workerId, targetWorkerId: address.workerId };
    this.#stream = new CallStream(this.#client.stream('call'), handshake, {
      onStart: (call) => listener.onStart(call),
      onReply: (call, reply) => this.#onReply(call, reply),
      onReplies: (numEnded, last, busyMs) => this.#onReplies(numEnded, last, busyMs),
      onEnd: (end) => listener.onEnd(this, end),
    });
  }

  get numInFlight(): number {
    return this.#stream.inFlight.size;
  }

  get backlogMs(): number {
    return this.#numUnknown > 0 || this.#recall === 'asked' ? Infinity : this.#expectedMs;
  }

  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  get inFlight(): readonly SubmittedCall[] {
    return [...this.#stream.inFlight.values()];
  }

  send(call: SubmittedCall): void {
    if (this.numInFlight === 0) this.#lastProgressMs = systemClock.now();
    call.runsOn = this.address;
    call.expectedMs = call.spec.time.meanMs;
    if (call.expectedMs === undefined) this.#numUnknown++;
    else this.#expectedMs += call.expectedMs;
    this.#stream.send(call);
  }

  cancel(call: SubmittedCall, recursive: boolean): void {
    this.#stream.cancel(call, recursive);
  }

  consumed(call: SubmittedCall, numTaken: number): void {
    this.#stream.consumed(call, numTaken);
  }

  /** Asks back what waits behind a task that takes long. */
  recallIfStuck(nowMs: number): void {
    if (this.#recall === 'asked' || !isStuck(this, nowMs)) return;
    this.#recall = 'asked';
    this.#stream.recallWaiting();
  }

  close(): void {
    this.#stream.close();
    this.#client.close();
  }

  #onReply(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    if (!reply.item) {
      if (call.expectedMs === undefined) this.#numUnknown--;
      else this.#expectedMs = Math.max(0, this.#expectedMs - call.expectedMs);
    }
    return this.#listener.onReply(call, reply);
  }

  #onReplies(numEnded: number, last: SubmittedCall, busyMs: number): void {
    last.spec.time.add(busyMs / numEnded);
    this.#lastProgressMs = systemClock.now();
    this.#recall = 'none';
    if (this.numInFlight === 0) this.#expectedMs = 0;
    this.#listener.onRoom();
  }
}
