import { InternalError, RayError, toError } from '../../core/index.js';
import type { HeadConnection } from '../head-connection.js';
import type { EncodedArguments, Objects } from '../objects/objects.js';
import { inheritedRuntimeEnv } from '../runtime-env/inherited-runtime-env.js';
import { mergeRuntimeEnv, type RuntimeEnv } from '../runtime-env/runtime-env.js';
import { sendRuntimeEnv } from '../runtime-env/send-runtime-env.js';
import type { CallLedger } from './call-ledger.js';
import { LeasePool, type LeaseShape } from './lease-pool.js';
import type { CallCarrier, CallResults, CallSpec, CancelOptions, SubmittedCall } from './submitted-call.js';

const TICK_MS = 50;

/** What tasks ask of their workers, with a key that is equal for equal wishes: they share workers. */
export interface TaskShape {
  readonly key: string;
  readonly lease: Omit<LeaseShape, 'runtimeEnv'>;
  readonly runtimeEnv: RuntimeEnv;
  /** Empty: what the task creates goes where its options say. */
  readonly capturedPlacementGroupId: string;
}

/** The tasks of this process: each waits for its arguments, then for a worker among those leased for its like. */
export class TaskSubmitter {
  readonly #ledger: CallLedger;
  readonly #objects: Objects;
  readonly #connect: () => Promise<HeadConnection>;
  #head: HeadConnection | undefined;
  readonly #pools = new Map<string, LeasePool>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ledger: CallLedger, objects: Objects, connect: () => Promise<HeadConnection>) {
    this.#ledger = ledger;
    this.#objects = objects;
    this.#connect = connect;
  }

  submit(spec: CallSpec, shape: TaskShape, args: readonly unknown[]): CallResults {
    const { capturedPlacementGroupId } = shape;
    const carrier = this.#pools.get(shape.key) ?? this.#pendingPool(shape);
    const call = this.#ledger.open({ spec, carrier, capturedPlacementGroupId, pending: undefined });
    const { refs } = call;
    try {
      const encoded = this.#objects.encodeArguments(args);
      if (encoded instanceof Promise) {
        encoded.then(
          (ready) => this.#onArguments(call, ready),
          (error: unknown) => this.#ledger.fail(call, asRayError(error)),
        );
      } else this.#onArguments(call, encoded);
    } catch (error) {
      this.#ledger.fail(call, asRayError(error));
    }
    return { call, refs };
  }

  #onArguments(call: SubmittedCall, args: EncodedArguments): void {
    if (call.state === 'over') {
      args.release?.(); // cancelled while it waited for them
      return;
    }
    call.args = args;
    call.state = 'ready';
    this.#ledger.trace(call, 'TASK_STATUS_PENDING_NODE_ASSIGNMENT');
    call.carrier.resubmit(call);
  }

  /** What leads to the pool of a shape once the process is connected. */
  #pendingPool(shape: TaskShape): CallCarrier {
    return new PendingPool(this.#open(shape), this.#ledger);
  }

  #attach(head: HeadConnection): void {
    if (this.#head === head) return;
    this.#head = head;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    head.leases.onReclaim(() => {
      for (const pool of this.#pools.values()) pool.reclaim();
    });
    void head.lost.then((error) => {
      clearInterval(this.#timer);
      for (const pool of this.#pools.values()) pool.fail(error);
      this.#pools.clear();
    });
  }

  async #open({ key, lease, runtimeEnv }: TaskShape): Promise<LeasePool> {
    const head = await this.#connect();
    this.#attach(head);
    const sent = mergeRuntimeEnv(inheritedRuntimeEnv(), await sendRuntimeEnv(head.head, runtimeEnv));
    const pool = this.#pools.get(key) ?? new LeasePool({ ...lease, runtimeEnv: sent }, head, this.#ledger);
    this.#pools.set(key, pool);
    return pool;
  }

  #tick(): void {
    for (const pool of this.#pools.values()) if (!pool.isQuiet) pool.tick();
  }
}

/** Holds the calls that are made before the process is connected. */
class PendingPool implements CallCarrier {
  readonly #pool: Promise<LeasePool>;
  readonly #ledger: CallLedger;

  constructor(pool: Promise<LeasePool>, ledger: CallLedger) {
    this.#pool = pool;
    this.#ledger = ledger;
  }

  resubmit(call: SubmittedCall): void {
    this.#pool.then(
      (pool) => {
        if (call.state !== 'over') pool.resubmit(call);
      },
      (error: unknown) => this.#ledger.fail(call, asRayError(error)),
    );
  }

  cancel(call: SubmittedCall, options: CancelOptions): void {
    void this.#pool.then(
      (pool) => pool.cancel(call, options),
      () => undefined, // the call has failed of it
    );
  }

  consumed(call: SubmittedCall, numTaken: number): void {
    void this.#pool.then(
      (pool) => pool.consumed(call, numTaken),
      () => undefined, // the call has failed of it
    );
  }
}

const asRayError = (error: unknown): RayError =>
  error instanceof RayError ? error : new InternalError(toError(error).message, { cause: error });
