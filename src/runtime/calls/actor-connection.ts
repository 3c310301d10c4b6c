import {
  type ActorId,
  ActorUnavailableError,
  Deferred,
  InternalError,
  InvalidArgumentError,
  RayError,
  toError,
} from '../../core/index.js';
import { type ActorUpdate, type Reply, RpcClient, type WorkerAddress } from '../../rpc/index.js';
import type { HeadConnection } from '../head-connection.js';
import type { Objects } from '../objects/objects.js';
import { actorDiedError } from './actor-died-error.js';
import { type CallLedger, errorOf } from './call-ledger.js';
import { CallStream } from './call-stream.js';
import { mayRetry, retryDelayMs, SYSTEM_FAILURE } from './retry-policy.js';
import type {
  CallCarrier,
  CallResults,
  CallSpec,
  CancelOptions,
  PendingCount,
  SubmittedCall,
} from './submitted-call.js';

/** An actor that the head knows, with the connection that follows it. */
export interface RegisteredActor {
  readonly worker: FollowingWorker;
  /** Another one than was asked for when the name was taken and its actor is as good. */
  readonly actorId: ActorId;
}

/** What following an actor needs of its worker's connection. */
export type FollowingWorker = Pick<HeadConnection, 'cluster' | 'jobId' | 'workerId' | 'head' | 'actorUpdates' | 'lost'>;

/** How long the head's word on a lost actor is waited for before its calls fail as unavailable. */
const VERDICT_MS = 2_000;

interface OpenLine {
  readonly address: WorkerAddress;
  readonly client: RpcClient<'WorkerService'>;
  readonly stream: CallStream;
}

type ConnectionState =
  /** Not up yet, restarting, or lost and not found dead: a stream is opened when there is an address and a call. */
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'open' } & OpenLine)
  /** The stream broke: for a moment the head's word on the actor is waited for. */
  | {
      readonly kind: 'lost';
      readonly workerId: string;
      readonly calls: readonly SubmittedCall[];
      readonly timer: NodeJS.Timeout;
    }
  /** Lost, and the head has nothing to say: the next try comes after a pause. */
  | { readonly kind: 'pausing'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'dead'; readonly error: (method: string, mayHaveRun: boolean) => RayError };

/**
 * This process's line to one actor: calls go out in the order in which they were made, over one stream, many in flight. It
 * follows the head's word on the actor from creation over restarts to death. Calls that were never sent wait for a restart;
 * those that were in flight run again only if their retries allow it.
 */
export class ActorConnection implements CallCarrier {
  readonly className: string;
  #actorId: ActorId;
  readonly #ledger: CallLedger;
  readonly #objects: Objects;
  #state: ConnectionState = { kind: 'waiting' };
  #queue: SubmittedCall[] = [];
  #flushing: 'no' | 'scheduled' = 'no';
  #numFailures = 0;
  #worker: FollowingWorker | undefined;
  readonly #pending: PendingCount = {
    numPending: 0,
    onNone: () => {
      for (const tell of this.#onNoneLeft.splice(0)) tell();
    },
  };
  readonly #onNoneLeft: (() => void)[] = [];
  readonly #ended = new Deferred<void>();
  #unsubscribe: () => void = () => undefined;
  readonly #registered = new Deferred<RegisteredActor | undefined>();
  readonly #alive = new Deferred<WorkerAddress>();

  constructor(actorId: ActorId, className: string, ledger: CallLedger, objects: Objects) {
    this.#actorId = actorId;
    this.className = className;
    this.#ledger = ledger;
    this.#objects = objects;
  }

  get actorId(): ActorId {
    return this.#actorId;
  }

  /** Calls that are not over. */
  get numPending(): number {
    return this.#pending.numPending;
  }

  /** Resolves when no call is unfinished. */
  whenIdle(): Promise<void> {
    if (this.#pending.numPending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onNoneLeft.push(resolve));
  }

  /** Resolves when the actor is dead, or never came to be. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Settles with the address once the actor is up; rejects when it died before. */
  get alive(): Promise<WorkerAddress> {
    return this.#alive.promise;
  }

  /** Settles once the head knows the actor; undefined when it never came to that. */
  get registered(): Promise<RegisteredActor | undefined> {
    return this.#registered.promise;
  }

  /** Follows an actor once the head has registered it. */
  follow(created: Promise<RegisteredActor>): void {
    created.then(
      ({ worker, actorId }) => {
        this.#worker = worker;
        this.#actorId = actorId;
        this.#registered.resolve({ worker, actorId });
        const unsubscribe = worker.actorUpdates.subscribe(actorId, (update) => this.#onUpdate(update));
        if (this.#state.kind === 'dead') unsubscribe();
        else this.#unsubscribe = unsubscribe;
        void worker.lost.then((error) => this.#die(() => error));
      },
      (error: unknown) => {
        this.#registered.resolve(undefined);
        this.#die(() => asRayError(error));
      },
    );
  }

  /** Arguments that are refs are awaited first; calls leave in the order in which they were made all the same. */
  call(spec: CallSpec, args: readonly unknown[]): CallResults {
    const call = this.#ledger.open({ spec, carrier: this, capturedPlacementGroupId: '', pending: this.#pending });
    const results = { call, refs: call.refs };
    try {
      const encoded = this.#objects.encodeArguments(args);
      if (encoded instanceof Promise)
        encoded.then(
          (ready) => this.#onArguments(call, ready),
          (error: unknown) => this.#refuse(call, error),
        );
      else {
        call.args = encoded;
        call.state = 'ready';
      }
    } catch (error) {
      this.#refuse(call, error);
      return results;
    }
    this.resubmit(call);
    return results;
  }

  resubmit(call: SubmittedCall): void {
    if (this.#state.kind === 'dead') {
      this.#ledger.fail(call, this.#state.error(call.spec.name, false));
      return;
    }
    this.#queue.push(call);
    this.#schedule();
  }

  cancel(call: SubmittedCall, { force, recursive }: CancelOptions): void {
    if (force) throw new InvalidArgumentError('force: true is not supported for actor tasks.');
    if (this.#state.kind === 'open') this.#state.stream.cancel(call, recursive);
    this.#queue = this.#queue.filter((queued) => queued !== call);
    this.#schedule();
  }

  consumed(call: SubmittedCall, numTaken: number): void {
    if (this.#state.kind === 'open') this.#state.stream.consumed(call, numTaken);
  }

  #onArguments(call: SubmittedCall, args: NonNullable<SubmittedCall['args']>): void {
    if (call.state === 'over') {
      args.release?.(); // cancelled, or its actor died, while it waited
      return;
    }
    call.args = args;
    call.state = 'ready';
    this.#schedule();
  }

  /** A call whose arguments can't be had did not run; the ones behind it go on. */
  #refuse(call: SubmittedCall, error: unknown): void {
    this.#queue = this.#queue.filter((queued) => queued !== call);
    this.#ledger.fail(call, asRayError(error));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#flushing === 'scheduled' || this.#queue.length === 0) return;
    this.#flushing = 'scheduled';
    process.nextTick(() => {
      this.#flushing = 'no';
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    if (this.#state.kind === 'waiting') this.#openIfAlive(this.#worker?.actorUpdates.latest(this.actorId));
    else if (this.#state.kind === 'open') this.#send(this.#state);
  }

  /** Sends from the front up to a call that waits for an argument. */
  #send({ stream, address }: { readonly stream: CallStream; readonly address: WorkerAddress }): void {
    const waiting = this.#queue.findIndex(({ state }) => state === 'waiting');
    const ready = waiting < 0 ? this.#queue : this.#queue.slice(0, waiting);
    this.#queue = waiting < 0 ? [] : this.#queue.slice(waiting);
    for (const call of ready) {
      call.runsOn = address;
      this.#ledger.trace(call, 'TASK_STATUS_SUBMITTED_TO_WORKER');
      stream.send(call);
    }
  }

  #onUpdate(update: ActorUpdate): void {
    if (update.state === 'ACTOR_LIFE_STATE_DEAD') {
      this.#die((method, mayHaveRun) => actorDiedError(this.className, update, { method, mayHaveRun }));
    } else if (update.state === 'ACTOR_LIFE_STATE_RESTARTING') {
      this.#onProcessGone();
    } else if (update.state === 'ACTOR_LIFE_STATE_ALIVE') {
      // The restart itself may have been missed while the head was away.
      if (this.#knownWorkerId() !== update.address?.workerId) this.#onProcessGone();
      this.#openIfAlive(update);
    }
  }

  /** Of the process that the line leads, or led, to; undefined when it leads to none. */
  #knownWorkerId(): string | undefined {
    if (this.#state.kind === 'open') return this.#state.address.workerId;
    return this.#state.kind === 'lost' ? this.#state.workerId : undefined;
  }

  /** The process ended and another one comes, or is there. */
  #onProcessGone(): void {
    const before = this.#state;
    if (before.kind === 'pausing') clearTimeout(before.timer);
    if (before.kind === 'lost') clearTimeout(before.timer);
    if (before.kind === 'open') closeLine(before);
    this.#state = { kind: 'waiting' };
    this.#numFailures = 0;
    const reason = new ActorUnavailableError('Its process ended and it restarts.');
    if (before.kind === 'open') this.#retryOrFail([...before.stream.inFlight.values()], reason);
    if (before.kind === 'lost') this.#retryOrFail(before.calls, reason);
  }

  #openIfAlive(update: ActorUpdate | undefined): void {
    if (this.#state.kind !== 'waiting') return;
    if (update?.state === 'ACTOR_LIFE_STATE_ALIVE' && update.address) this.#open(update.address);
  }

  #open(address: WorkerAddress): void {
    const worker = this.#worker!;
    const client = new RpcClient('WorkerService', {
      address: address.rpcAddress,
      credentials: worker.cluster.credentials,
      peer: `Actor ${this.className} (${this.actorId}, pid ${address.pid} on ${address.hostname})`,
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
    const handshake = {
      actorId: this.actorId,
      jobId: worker.jobId,
      workerId: worker.workerId,
      targetWorkerId: address.workerId,
    };
    const stream: CallStream = new CallStream(client.stream('call'), handshake, {
      onStart: (call) => this.#ledger.trace(call, 'TASK_STATUS_RUNNING'),
      onReply: (call, reply) => this.#onReply(call, reply),
      onEnd: (end) => this.#onStreamEnd(stream, end),
    });
    this.#state = { kind: 'open', address, client, stream };
    this.#alive.resolve(address);
    this.#flush();
  }

  #onReply(call: SubmittedCall, reply: Reply): Promise<void> | undefined {
    this.#numFailures = 0;
    if (reply.item) return this.#ledger.acceptItem(call, reply);
    const error = errorOf(reply);
    if (!error) return this.#ledger.complete(call, reply);
    if (call.state !== 'over' && mayRetry(call.spec.retry, call.attempt, { kind: 'application', error })) {
      call.attempt++;
      call.state = 'ready';
      this.resubmit(call);
    } else this.#ledger.fail(call, error);
    return undefined;
  }

  /** The process is gone or can't be reached; the head will know which. */
  #onStreamEnd(stream: CallStream, end: RayError | undefined): void {
    if (this.#state.kind !== 'open' || this.#state.stream !== stream) return;
    const { client, address } = this.#state;
    client.close();
    const timer = setTimeout(() => this.#onNoVerdict(end), VERDICT_MS);
    this.#state = { kind: 'lost', workerId: address.workerId, calls: [...stream.inFlight.values()], timer };
  }

  /** The head does not call the actor dead: its network may be. */
  #onNoVerdict(end: RayError | undefined): void {
    if (this.#state.kind !== 'lost') return;
    const { calls } = this.#state;
    this.#numFailures++;
    const timer = setTimeout(() => {
      this.#state = { kind: 'waiting' };
      this.#flush();
    }, retryDelayMs(this.#numFailures));
    this.#state = { kind: 'pausing', timer };
    this.#retryOrFail(calls, end ?? new ActorUnavailableError('The actor closed the connection.'));
  }

  /** Calls that were in flight go to the front again if they may run twice, in their order. */
  #retryOrFail(calls: readonly SubmittedCall[], cause: RayError): void {
    const again: SubmittedCall[] = [];
    for (const call of calls) {
      if (call.state === 'over') continue;
      if (mayRetry(call.spec.retry, call.attempt, SYSTEM_FAILURE)) {
        call.attempt++;
        call.state = 'ready';
        again.push(call);
      } else this.#ledger.fail(call, this.#unavailable(call.spec.name, cause));
    }
    this.#queue = [...again, ...this.#queue];
  }

  #unavailable(method: string, cause: RayError): ActorUnavailableError {
    return new ActorUnavailableError(
      `The actor ${this.className} (${this.actorId}) is unavailable: ${cause.message} ` +
        `The call ${method} may or may not have run. A later call may work.`,
      { cause, details: { actorId: this.actorId, mayHaveRun: true } },
    );
  }

  #die(error: (method: string, mayHaveRun: boolean) => RayError): void {
    if (this.#state.kind === 'dead') return;
    const before = this.#state;
    this.#state = { kind: 'dead', error };
    this.#unsubscribe();
    if (before.kind === 'open') closeLine(before);
    if (before.kind === 'lost' || before.kind === 'pausing') clearTimeout(before.timer);
    const sent = before.kind === 'open' ? before.stream.inFlight.values() : before.kind === 'lost' ? before.calls : [];
    for (const call of sent) this.#ledger.fail(call, error(call.spec.name, true));
    for (const call of this.#queue) this.#ledger.fail(call, error(call.spec.name, call.attempt > 0));
    this.#queue = [];
    this.#alive.reject(error('', false));
    this.#ended.resolve();
  }
}

function closeLine({ stream, client }: OpenLine): void {
  stream.close();
  client.close();
}

const asRayError = (error: unknown): RayError =>
  error instanceof RayError ? error : new InternalError(toError(error).message, { cause: error });
