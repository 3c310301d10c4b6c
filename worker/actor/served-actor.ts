import { ActorDiedError, InvalidArgumentError } from '../../src/core/index.js';
import type { Call, CallHandshake } from '../../src/rpc/index.js';
import type { CallCode, CallHost, CallTarget } from './call-target.js';
import type { ConcurrencyGroups } from './concurrency-groups.js';
import type { Mailbox } from './mailbox.js';

export interface ServedActorOptions {
  readonly actorId: string;
  readonly workerId: string;
  readonly className: string;
  /** In whose bundle it lives; empty for none. */
  readonly placementGroupId: string;
  readonly instance: object;
  readonly groups: ConcurrencyGroups;
  /** Ends the process in order. */
  readonly exit: (message: string) => void;
}

/** The actor that a process runs: every caller's calls go to its methods, through its mailboxes. */
export class ServedActor implements CallHost, CallTarget {
  readonly outlivesCaller = true;
  readonly placementGroupId: string;
  readonly #options: ServedActorOptions;
  readonly #methods = new Map<string, CallCode>();

  constructor(options: ServedActorOptions) {
    this.#options = options;
    this.placementGroupId = options.placementGroupId;
  }

  admit({ actorId, targetWorkerId }: CallHandshake): CallTarget {
    const { className, workerId } = this.#options;
    if (actorId !== this.#options.actorId) {
      throw new ActorDiedError(
        `Actor ${actorId} does not live here any more; this process runs actor ${this.#options.actorId} (${className}). ` +
          'The call did not run.',
      );
    }
    if (targetWorkerId && targetWorkerId !== workerId) {
      throw new ActorDiedError(
        `Actor ${className} (${actorId}) was restarted: its process ${targetWorkerId} is gone. The call did not run.`,
      );
    }
    return this;
  }

  find(call: Call): CallCode {
    const method = call.method ?? '';
    const known = this.#methods.get(method);
    if (known) return known;
    const code = { name: `${this.#options.className}.${method}`, run: this.#runner(method) };
    this.#methods.set(method, code);
    return code;
  }

  mailboxOf({ method, concurrencyGroup }: Call): Mailbox {
    return this.#options.groups.mailboxOf(method ?? '', concurrencyGroup);
  }

  /** An actor's call keeps its place while it waits: the next one may not see what it has half done. */
  block(): () => void {
    return () => undefined;
  }

  #runner(name: string): CallCode['run'] {
    const { instance, className, exit } = this.#options;
    if (name === '__rayReady__') return () => true;
    if (name === '__rayTerminate__') return () => exit('It was asked to end with __rayTerminate__.');
    const method = (instance as Record<string, unknown>)[name];
    if (typeof method !== 'function' || Object.hasOwn(Object.prototype, name)) {
      throw new InvalidArgumentError(`Actor class ${className} has no method ${name}.`);
    }
    // Looked up again in every call: an instance may replace its methods.
    return (...args) => (instance as Record<string, (...args: unknown[]) => unknown>)[name]!(...args);
  }
}
