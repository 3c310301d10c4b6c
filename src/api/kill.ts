import { InvalidArgumentError } from '../core/index.js';
import { type ActorHandle, actorConnection } from './actor-handle.js';

/**
 * Ends an actor's process at once, without cleaning up in it. Its running and queued calls fail with an ActorDiedError.
 * Resolves when the process is gone and what it held is free. Idempotent.
 */
export async function kill<T>(actor: ActorHandle<T>): Promise<void> {
  const connection = actorConnection(actor);
  if (!connection) throw new InvalidArgumentError('ray.kill takes an actor handle.');
  const driver = await connection.registered;
  await driver?.head.call('killActor', { actorId: connection.actorId });
}
