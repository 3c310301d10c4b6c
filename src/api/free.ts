import { InvalidArgumentError } from '../core/index.js';
import { isObjectRef, type ObjectRef } from '../runtime/objects/object-ref.js';
import { currentRuntime } from '../runtime/runtime.js';

/**
 * Gives values up before their refs are gone: their memory on all nodes is free at once. Whoever gets one later, in any
 * process, gets an ObjectLostError. Values that were opened before stay readable. The result of a call that still runs is
 * dropped when it comes.
 *
 * @throws {InvalidArgumentError} for what is no ref, and for a ref that another process made; nothing is freed then.
 */
export function free(refs: ObjectRef<unknown> | readonly ObjectRef<unknown>[]): void {
  const list = Array.isArray(refs) ? refs : [refs];
  if (!list.every(isObjectRef))
    throw new InvalidArgumentError('ray.free takes an ObjectRef or an array of ObjectRefs.');
  currentRuntime().objects.free(list);
}
