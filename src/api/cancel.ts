import { InvalidArgumentError, ownerOf } from '../core/index.js';
import { currentCalls } from '../runtime/calls/current-calls.js';
import { ObjectRefGenerator } from '../runtime/calls/object-ref-generator.js';
import { isObjectRef, type ObjectRef } from '../runtime/objects/object-ref.js';

export interface CancelCallOptions {
  /** Ends the process of a task that runs: for one that does not listen. Not for calls of actors. Default false. */
  readonly force?: boolean;
  /** Cancels what the call has submitted itself too. Default true. */
  readonly recursive?: boolean;
}

/**
 * Cancels a task or a call of an actor: `ray.get` of its refs throws a TaskCancelledError from now on. One that waits never
 * runs. One that runs is told by `ray.getRuntimeContext().signal`, and goes on unless it heeds that: nothing can interrupt
 * JavaScript from outside. Nothing happens when the call is over. A cancelled call is never tried again.
 *
 * @throws {InvalidArgumentError} for a ref of another process, and for `force` with a call of an actor.
 */
export function cancel(
  call: ObjectRef<unknown> | ObjectRefGenerator<unknown>,
  { force = false, recursive = true }: CancelCallOptions = {},
): void {
  const ref: unknown = call instanceof ObjectRefGenerator ? call.completed() : call;
  if (!isObjectRef(ref)) throw new InvalidArgumentError('ray.cancel takes an ObjectRef or an ObjectRefGenerator.');
  const { ledger, workerId } = currentCalls();
  if (ownerOf(ref.id) !== workerId) {
    throw new InvalidArgumentError(
      `The call of ref ${ref.id} was not made here: only the process that made it can cancel it.`,
    );
  }
  const submitted = ledger.find(ref);
  if (!submitted) return;
  if (force && submitted.carrier.actorId) {
    throw new InvalidArgumentError('force: true is not supported for actor tasks. Use ray.kill to end the actor.');
  }
  ledger.cancel(submitted, { force, recursive });
}
