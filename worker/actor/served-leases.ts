import {
  ActorUnavailableError,
  Deferred,
  InvalidArgumentError,
  isClass,
  type TaskFunction,
} from '../../src/core/index.js';
import type { Call, CallHandshake, RemoteDefinition } from '../../src/rpc/index.js';
import type { CallCode, CallHost, CallTarget } from './call-target.js';
import { Mailbox } from './mailbox.js';

/** A caller that is quicker than the word of its lease waits for that. */
const GRANT_WAIT_MS = 5_000;

export interface ServedLeasesOptions {
  readonly load: (definition: RemoteDefinition) => Promise<unknown>;
  /** Every task of the lease waits for others, or one goes on. */
  readonly onBlocked: (leaseId: string, isBlocked: boolean) => void;
  /** A task begins. */
  readonly onRunning: (name: string) => void;
}

interface ServedLease {
  readonly placementGroupId: string;
  readonly mailbox: Mailbox;
  readonly close: Set<(error?: unknown) => void>;
  numBlocked: number;
}

/** The leases on this process: the callers that hold them send tasks, which run one after the other. */
export class ServedLeases implements CallHost {
  readonly #options: ServedLeasesOptions;
  readonly #leases = new Map<string, ServedLease>();
  readonly #awaited = new Map<string, Deferred<void>>();

  constructor(options: ServedLeasesOptions) {
    this.#options = options;
  }

  /** Tasks that run now and do not wait for others. */
  get numRunning(): number {
    return [...this.#leases.values()].reduce((sum, { mailbox }) => sum + mailbox.numRunning, 0);
  }

  /** @param placementGroupId in whose bundle the tasks run; empty for none. */
  grant(leaseId: string, placementGroupId: string): void {
    this.#leases.set(leaseId, { placementGroupId, mailbox: new Mailbox(1), close: new Set(), numBlocked: 0 });
    this.#awaited.get(leaseId)?.resolve();
    this.#awaited.delete(leaseId);
  }

  end(leaseId: string): void {
    const lease = this.#leases.get(leaseId);
    this.#leases.delete(leaseId);
    for (const close of lease?.close ?? []) close(noLease(leaseId));
  }

  async admit(handshake: CallHandshake, close: (error?: unknown) => void): Promise<CallTarget> {
    const leaseId = handshake.leaseId ?? '';
    if (!this.#leases.has(leaseId)) await this.#granted(leaseId);
    const lease = this.#leases.get(leaseId);
    if (!lease) throw noLease(leaseId);
    lease.close.add(close);
    return new LeaseTarget(this.#options, lease, () => this.#block(leaseId, lease));
  }

  #granted(leaseId: string): Promise<void> {
    const granted = this.#awaited.get(leaseId) ?? new Deferred<void>();
    this.#awaited.set(leaseId, granted);
    setTimeout(() => granted.resolve(), GRANT_WAIT_MS).unref();
    return granted.promise;
  }

  #block(leaseId: string, lease: ServedLease): () => void {
    lease.numBlocked++;
    lease.mailbox.leave();
    if (lease.mailbox.numRunning === 0) this.#options.onBlocked(leaseId, true);
    return () => {
      lease.numBlocked--;
      lease.mailbox.comeBack();
      if (this.#leases.has(leaseId)) this.#options.onBlocked(leaseId, false);
    };
  }
}

/** What the tasks of one stream are sent to: functions, each by the number that its first call gave it. */
class LeaseTarget implements CallTarget {
  readonly outlivesCaller = false;
  readonly placementGroupId: string;
  readonly #options: ServedLeasesOptions;
  readonly #mailbox: Mailbox;
  readonly #block: () => () => void;
  readonly #functions: (CallCode | Promise<CallCode>)[] = [];

  constructor(options: ServedLeasesOptions, { mailbox, placementGroupId }: ServedLease, block: () => () => void) {
    this.#options = options;
    this.#mailbox = mailbox;
    this.placementGroupId = placementGroupId;
    this.#block = block;
  }

  find({ function: definition, functionNumber }: Call): CallCode | Promise<CallCode> {
    if (definition) {
      const loading = this.#load(definition);
      const index = this.#functions.push(loading) - 1;
      loading.then(
        (code) => {
          this.#functions[index] = code;
        },
        () => undefined, // every call of the function fails of it
      );
      return loading;
    }
    const code = this.#functions[(functionNumber ?? 0) - 1];
    if (code) return code;
    throw new InvalidArgumentError(`The caller names function ${functionNumber}, which it has not described.`);
  }

  mailboxOf(): Mailbox {
    return this.#mailbox;
  }

  block(): () => void {
    return this.#block();
  }

  async #load(definition: RemoteDefinition): Promise<CallCode> {
    const { name } = definition;
    const loaded = await this.#options.load(definition);
    if (isClass(loaded)) throw new InvalidArgumentError(`${name} is a class, and can't be run as a task.`);
    const run = loaded as TaskFunction as CallCode['run'];
    const { onRunning } = this.#options;
    return {
      name,
      run: (...args) => {
        onRunning(name);
        return run(...args);
      },
    };
  }
}

const noLease = (leaseId: string): ActorUnavailableError =>
  new ActorUnavailableError(`The lease ${leaseId} on this worker is over. What was not answered may have run.`);
