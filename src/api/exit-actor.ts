import { IllegalStateError, workerContext } from '../core/index.js';

/**
 * Ends the actor that calls it, on purpose: it is not restarted. The call that runs, and those that wait, fail with an
 * ActorDiedError. Nothing behind an `await` of it runs.
 *
 * @throws {IllegalStateError} outside of an actor.
 */
export function exitActor(): Promise<never> {
  const actor = workerContext()?.actor;
  if (!actor) throw new IllegalStateError('exitActor can only be called in an actor.');
  actor.exit('It called exitActor.');
  return new Promise(() => undefined);
}
