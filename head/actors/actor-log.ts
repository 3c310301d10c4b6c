import { type Logger, transition } from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { type ActorRecord, type ActorState, actorTransitions } from './actor-record.js';

/** A change of an actor; `report` is the agent's own message, which may hold more than the record does. */
export interface ActorChange<Report> {
  readonly actor: ActorRecord;
  readonly report: Report | undefined;
}

export interface ActorLogOptions<Report> {
  readonly journal: StateJournal;
  /** Tells those who follow the actor. */
  readonly publish: (change: ActorChange<Report>) => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Where every change of an actor's state is checked, stored, and only then told. */
export class ActorLog<Report> {
  readonly #options: ActorLogOptions<Report>;

  constructor(options: ActorLogOptions<Report>) {
    this.#options = options;
  }

  async become(
    actor: ActorRecord,
    to: ActorState,
    change: Partial<ActorRecord>,
    report: Report | undefined,
  ): Promise<void> {
    const { journal, publish, logger, now } = this.#options;
    const { actorId, className, state: from } = actor;
    const state = transition(actorTransitions, 'Actor', actorId, from, to);
    const next = { ...actor, ...change, state, stateSinceMs: now() };
    logger.info({ actorId, className, from, to, reason: change.death?.message }, 'actor');
    await journal.putActor(next);
    publish({ actor: next, report });
  }
}
