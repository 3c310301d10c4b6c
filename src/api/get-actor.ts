import { InvalidArgumentError } from '../core/index.js';
import { currentCalls } from '../runtime/calls/current-calls.js';
import type { ActorHandle } from '../runtime/handles/actor-handle.js';
import { handleOfNamed } from './actor-class.js';

export interface GetActorOptions {
  /** Default: the job's. */
  readonly namespace?: string;
}

/**
 * The living actor of a name.
 *
 *     const counter = await ray.getActor<Counter>('counter');
 *
 * @returns a handle that does not keep the actor alive.
 * @throws {InvalidArgumentError} when there is none.
 */
export async function getActor<T>(name: string, { namespace }: GetActorOptions = {}): Promise<ActorHandle<T>> {
  const worker = await currentCalls().connect();
  const { actor } = await worker.head.call('getNamedActor', { name, namespace: namespace ?? worker.namespace }, 60_000);
  if (actor) return handleOfNamed<T>(actor);
  throw new InvalidArgumentError(
    `Failed to look up actor with name '${name}'. Either no actor of that name was created, or it died, or it is in another ` +
      `namespace than ${namespace ?? worker.namespace}.`,
  );
}
