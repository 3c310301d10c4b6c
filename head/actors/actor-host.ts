import type { ActorId } from '../../src/core/index.js';
import type { ActorDeathKind, ActorRecord } from './actor-record.js';

/** What the head asks of the agent of an actor's node. Every call is idempotent. */
export interface ActorHost {
  /** False when the resources are not free; the actor is placed again. */
  start(actor: ActorRecord): Promise<boolean>;
  /** @param isGraceful let the calls that wait run first; the answer does not wait for them. */
  kill(actorId: ActorId, kind: ActorDeathKind, message: string, isGraceful: boolean): Promise<void>;
}
