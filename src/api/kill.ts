import { InvalidArgumentError } from '../core/index.js';
import { type ActorHandle, actorConnection } from '../runtime/handles/actor-handle.js';

export interface KillOptions {
  /** Default true. False counts as a loss of its process: it is started again if it has restarts left. */
  readonly noRestart?: boolean;
}

/**
 * Ends an actor's process at once, without cleaning up in it. Its running and queued calls fail with an ActorDiedError.
 * Resolves when the process is gone and what it held is free. Idempotent.
 */
export async function kill<T>(actor: ActorHandle<T>, { noRestart = true }: KillOptions = {}): Promise<void> {
  const connection = actorConnection(actor);
  if (!connection) throw new InvalidArgumentError('ray.kill takes an actor handle.');
  const registered = await connection.registered;
  const { worker, actorId } = registered ?? {};
  await worker?.head.call('killActor', { actorId: actorId!, restart: !noRestart });
}
