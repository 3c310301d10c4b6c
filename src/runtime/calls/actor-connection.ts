import { type ActorId, ActorUnavailableError, Deferred, InternalError, RayError, toError } from '../../core/index.js';
import {
  type ActorUpdate,
  type CallMessage,
  decodeValue,
  fromErrorDetail,
  type MessageStream,
  type Reply,
  type ReplyMessage,
  RpcClient,
  splitBatch,
  type Value,
  valueBytes,
  type WorkerAddress,
} from '../../rpc/index.js';
import type { HeadConnection } from '../head-connection.js';
import { encodeArguments } from '../objects/object-ref.js';
import { actorDiedError } from './actor-died-error.js';

/** What following an actor needs of its driver. */
export type FollowingWorker = Pick<HeadConnection, 'cluster' | 'jobId' | 'head' | 'actorUpdates' | 'lost'>;

/** How long the head's word on a lost actor is waited for before its calls fail as unavailable. */
const VERDICT_MS = 2_000;

interface PendingCall {
  readonly method: string;
  readonly args: Value;
  readonly result: Deferred<unknown>;
}

type CallStream = MessageStream<ReplyMessage, CallMessage>;

interface OpenStream {
  readonly client: RpcClient<'WorkerService'>;
  readonly stream: CallStream;
  /** Sent and not answered, by sequence number. */
  readonly inFlight: Map<number, PendingCall>;
}

type ConnectionState =
  /** Not up yet, or lost and not found dead: the next call opens a stream once there is an address. */
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'open' } & OpenStream)
  /** The stream broke: for a moment the head's word on the actor is waited for. */
  | { readonly kind: 'lost'; readonly calls: readonly PendingCall[]; readonly verdict: NodeJS.Timeout }
  | { readonly kind: 'dead'; readonly error: (method: string, mayHaveRun: boolean) => RayError };

/**
 * A driver's line to one actor: calls go out in order over one stream, many in flight, those of one turn of the event
 * loop in one message. It follows the head's word on the actor from creation to death.
 */
export class ActorConnection {
  readonly actorId: ActorId;
  readonly #className: string;
  #state: ConnectionState = { kind: 'waiting' };
  #queue: PendingCall[] = [];
  #lastSent: Promise<void> = Promise.resolve();
  #sequence = 0;
  #driver: FollowingWorker | undefined;
  #unsubscribe: () => void = () => undefined;
  readonly #registered = new Deferred<FollowingWorker | undefined>();
  readonly #alive = new Deferred<WorkerAddress>();

  constructor(actorId: ActorId, className: string) {
    this.actorId = actorId;
    this.#className = className;
  }

  /** Settles with the address once the actor is up; rejects when it died before. */
  get alive(): Promise<WorkerAddress> {
    return this.#alive.promise;
  }

  /** Settles once the head knows the actor, with the driver that follows it; undefined when it never came to that. */
  get registered(): Promise<FollowingWorker | undefined> {
    return this.#registered.promise;
  }

  /** Follows an actor once the head has registered it. */
  follow(created: Promise<FollowingWorker>): void {
    created.then(
      (driver) => {
        this.#driver = driver;
        this.#registered.resolve(driver);
        const unsubscribe = driver.actorUpdates.subscribe(this.actorId, (update) => this.#onUpdate(update));
        if (this.#state.kind === 'dead') unsubscribe();
        else this.#unsubscribe = unsubscribe;
        void driver.lost.then((error) => this.#die(() => error));
      },
      (error: unknown) => {
        this.#registered.resolve(undefined);
        this.#die(() => asRayError(error));
      },
    );
  }

  /** Arguments that are refs are awaited first; calls leave in the order in which they were made all the same. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    const result = new Deferred<unknown>();
    const encoded = encodeArguments(args);
    encoded.catch((error: unknown) => result.reject(error));
    this.#lastSent = this.#lastSent.then(async () => {
      try {
        this.#enqueue({ method, args: await encoded, result });
      } catch {
        // The call was rejected when its arguments were; the ones behind it go on.
      }
    });
    return result.promise;
  }

  #enqueue(call: PendingCall): void {
    if (this.#state.kind === 'dead') {
      call.result.reject(this.#state.error(call.method, false));
      return;
    }
    this.#queue.push(call);
    // After the promises of this turn, so that all its calls go together.
    if (this.#queue.length === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    if (this.#state.kind === 'waiting') this.#openIfAlive(this.#driver?.actorUpdates.latest(this.actorId));
    else if (this.#state.kind === 'open') this.#send(this.#state);
  }

  #send({ stream, inFlight }: OpenStream): void {
    const calls = this.#queue.map((call) => {
      this.#sequence++;
      inFlight.set(this.#sequence, call);
      return { sequence: this.#sequence, method: call.method, args: call.args };
    });
    this.#queue = [];
    for (const batch of splitBatch(calls, ({ args }) => valueBytes(args))) void stream.send({ calls: batch });
  }

  #onUpdate(update: ActorUpdate): void {
    if (update.state === 'ACTOR_LIFE_STATE_DEAD') {
      this.#die((method, mayHaveRun) => actorDiedError(this.#className, update, { method, mayHaveRun }));
    } else if (this.#state.kind === 'waiting') this.#openIfAlive(update);
  }

  #openIfAlive(update: ActorUpdate | undefined): void {
    if (update?.state === 'ACTOR_LIFE_STATE_ALIVE' && update.address) this.#open(update.address);
  }

  #open(address: WorkerAddress): void {
    const driver = this.#driver!;
    const client = new RpcClient('WorkerService', {
      address: address.rpcAddress,
      credentials: driver.cluster.credentials,
      peer: `Actor ${this.#className} (${this.actorId}, pid ${address.pid} on ${address.hostname})`,
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
    const stream: CallStream = client.stream('call');
    const open: OpenStream = { client, stream, inFlight: new Map() };
    this.#state = { kind: 'open', ...open };
    stream.receive((message) => {
      for (const reply of message.replies) settle(open.inFlight, reply);
    });
    stream.onEnd((end) => this.#onStreamEnd(open, end));
    void stream.send({ handshake: { actorId: this.actorId, jobId: driver.jobId }, calls: [] });
    this.#alive.resolve(address);
    this.#flush();
  }

  /** The process is gone or can't be reached; the head will know which. */
  #onStreamEnd(open: OpenStream, end: RayError | undefined): void {
    if (this.#state.kind !== 'open' || this.#state.stream !== open.stream) return;
    open.client.close();
    const verdict = setTimeout(() => this.#onNoVerdict(end), VERDICT_MS);
    this.#state = { kind: 'lost', calls: [...open.inFlight.values()], verdict };
  }

  /** The head does not call the actor dead: its network may be. */
  #onNoVerdict(end: RayError | undefined): void {
    if (this.#state.kind !== 'lost') return;
    const { calls } = this.#state;
    this.#state = { kind: 'waiting' };
    const cause = end ?? new ActorUnavailableError('The actor closed the connection.');
    for (const call of calls) call.result.reject(this.#unavailable(call.method, cause));
    this.#flush();
  }

  #unavailable(method: string, cause: RayError): ActorUnavailableError {
    return new ActorUnavailableError(
      `The actor ${this.#className} (${this.actorId}) is unavailable: ${cause.message} ` +
        `The call ${method} may or may not have run. A later call may work.`,
      { cause, details: { actorId: this.actorId, mayHaveRun: true } },
    );
  }

  #die(error: (method: string, mayHaveRun: boolean) => RayError): void {
    if (this.#state.kind === 'dead') return;
    const before = this.#state;
    this.#state = { kind: 'dead', error };
    this.#unsubscribe();
    if (before.kind === 'open') {
      before.stream.close();
      before.client.close();
    }
    if (before.kind === 'lost') clearTimeout(before.verdict);
    const sent = before.kind === 'open' ? before.inFlight.values() : before.kind === 'lost' ? before.calls : [];
    for (const call of sent) call.result.reject(error(call.method, true));
    for (const call of this.#queue) call.result.reject(error(call.method, false));
    this.#queue = [];
    this.#alive.reject(error('', false));
  }
}

function settle(inFlight: Map<number, PendingCall>, reply: Reply): void {
  const call = inFlight.get(reply.sequence);
  if (!call) return;
  inFlight.delete(reply.sequence);
  if (reply.error) {
    call.result.reject(fromErrorDetail(reply.error));
    return;
  }
  try {
    call.result.resolve(decodeValue(reply.result));
  } catch (cause) {
    const message = `The result of ${call.method} can't be read: ${toError(cause).message}.`;
    call.result.reject(new InternalError(message, { cause }));
  }
}

const asRayError = (error: unknown): RayError =>
  error instanceof RayError ? error : new InternalError(toError(error).message, { cause: error });
