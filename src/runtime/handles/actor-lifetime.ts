import {
  type ActorId,
  createLogger,
  HeadUnavailableError,
  IllegalStateError,
  sleep,
  toError,
} from '../../core/index.js';
import type { ActorConnection, FollowingWorker } from '../calls/actor-connection.js';
import type { Calls } from '../calls/calls.js';
import type { ObjectRef } from '../objects/object-ref.js';

const logger = createLogger('actors');

const RETRY_MS = 1_000;

/**
 * A ref that counts the handles of an actor of this process: when none is left, here or elsewhere, the actor ends behind the
 * calls that were made to it.
 */
export function keepWhileReferenced(calls: Calls, connection: ActorConnection, actorId: ActorId): ObjectRef<unknown> {
  return calls.objects.createCounted(() => {
    endOutOfScope(connection, actorId).catch((error: unknown) => {
      logger.warn({ actorId, error: toError(error).message }, 'an actor without handles could not be ended');
    });
  });
}

async function endOutOfScope(connection: ActorConnection, actorId: ActorId): Promise<void> {
  const registered = await connection.registered;
  // One that has the name of an actor that was there before is not ours to end.
  if (!registered || registered.actorId !== actorId) return;
  await connection.whenIdle();
  await tellHead(registered.worker, actorId);
}

/** A head that is away is told when it is back: as long as the job lives, the actor holds what it holds. */
async function tellHead(worker: FollowingWorker, actorId: ActorId): Promise<void> {
  for (;;) {
    try {
      await worker.head.call('killActor', { actorId, outOfScope: true });
      return;
    } catch (error) {
      // A connection that was closed ended the job, and the actor with it.
      if (error instanceof IllegalStateError) return;
      if (!(error instanceof HeadUnavailableError)) throw error;
      await sleep(RETRY_MS);
    }
  }
}
