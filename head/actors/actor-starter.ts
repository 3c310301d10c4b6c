import { type ActorId, type Logger, type NodeId, sleep, toError } from '../../src/core/index.js';
import { isExpected } from '../membership/node-record.js';
import type { StateJournal } from '../state-journal.js';
import type { ActorHost } from './actor-host.js';
import type { ActorDeathRecord, ActorRecord } from './actor-record.js';

const RETRY_MS = 100;

export interface ActorStarterOptions {
  readonly journal: StateJournal;
  readonly hostOf: (nodeId: NodeId) => ActorHost;
  /** The actor has no node again: it may be placed now. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** Has agents start and end the processes of actors. */
export class ActorStarter {
  readonly #options: ActorStarterOptions;

  constructor(options: ActorStarterOptions) {
    this.#options = options;
  }

  /** @param placed the actor with the node, and the bundle where it asked for one, that were chosen for it. */
  async start(placed: ActorRecord & { readonly nodeId: NodeId }): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    const { actorId, nodeId } = placed;
    await journal.putActor(placed);
    if (!this.#isStarting(placed)) return;
    const outcome = await hostOf(nodeId).start(placed).catch(toError);
    const isWanted = this.#isStarting(placed);
    if (outcome !== true && isWanted) {
      await journal.putActor({ ...journal.actors.get(actorId)!, nodeId: undefined, bundleIndex: undefined });
      setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
    }
    // Without an answer it may run there all the same; and it may have been killed while it was being started.
    if (outcome instanceof Error) logger.warn({ actorId, nodeId, error: outcome.message }, 'no start');
    if (outcome instanceof Error || journal.actors.get(actorId)?.state === 'DEAD') await this.endStray(actorId, nodeId);
  }

  /** Has a node end an actor for good: asks until it answers or is dead. */
  async end(actorId: ActorId, nodeId: NodeId, death: ActorDeathRecord, isGraceful: boolean): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    while (isExpected(journal.nodes.get(nodeId))) {
      try {
        await hostOf(nodeId).kill(actorId, death.kind, death.message, isGraceful);
        return;
      } catch (error) {
        logger.warn({ actorId, nodeId, error: toError(error).message }, 'actor not ended yet');
        await sleep(RETRY_MS);
      }
    }
  }

  /** Ends a process that the tables know nothing of. */
  async endStray(actorId: ActorId, nodeId: NodeId): Promise<void> {
    try {
      await this.#options.hostOf(nodeId).kill(actorId, 'KILLED', 'Its start was given up.', false);
    } catch (error) {
      // The node is dead or dying, and its actors with it.
      this.#options.logger.warn({ actorId, nodeId, error: toError(error).message }, 'a stray actor was not ended');
    }
  }

  /** True while the actor is still to be started at that place, for the same time as then. */
  #isStarting({ actorId, nodeId, numRestarts }: ActorRecord): boolean {
    const current = this.#options.journal.actors.get(actorId);
    return (
      (current?.state === 'PENDING_CREATION' || current?.state === 'RESTARTING') &&
      current.nodeId === nodeId &&
      current.numRestarts === numRestarts
    );
  }
}
