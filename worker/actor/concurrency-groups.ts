import { InvalidArgumentError } from '../../src/core/index.js';
import { Mailbox } from './mailbox.js';

export interface ConcurrencyLimits {
  /** Of methods outside of all groups. */
  readonly maxConcurrency: number;
  /** By group. */
  readonly groups: Readonly<Record<string, number>>;
  /** The group of each method that is in one, unless the call names another. */
  readonly methodGroups: Readonly<Record<string, string>>;
}

/** An actor's mailboxes: one for each concurrency group, and one for what is in none. Groups do not wait for each other. */
export class ConcurrencyGroups {
  readonly #default: Mailbox;
  readonly #groups: ReadonlyMap<string, Mailbox>;
  readonly #methodGroups: ReadonlyMap<string, string>;

  constructor({ maxConcurrency, groups, methodGroups }: ConcurrencyLimits) {
    this.#default = new Mailbox(Math.max(1, maxConcurrency));
    this.#groups = new Map(Object.entries(groups).map(([name, limit]) => [name, new Mailbox(Math.max(1, limit))]));
    this.#methodGroups = new Map(Object.entries(methodGroups));
  }

  /**
   * @param group as the call names it; empty: the method's own.
   * @throws {InvalidArgumentError} for a group that the actor does not have.
   */
  mailboxOf(method: string, group: string): Mailbox {
    const name = group || this.#methodGroups.get(method);
    if (!name || name === '_default') return this.#default;
    const mailbox = this.#groups.get(name);
    if (mailbox) return mailbox;
    const known = [...this.#groups.keys()].join(', ') || 'none';
    throw new InvalidArgumentError(`The actor has no concurrency group ${name}. It has: ${known}.`);
  }

  /** Resolves when nothing runs or waits in any of them. */
  async whenIdle(): Promise<void> {
    await Promise.all([this.#default, ...this.#groups.values()].map((mailbox) => mailbox.whenIdle()));
  }
}
