import { InvalidArgumentError } from '../core/index.js';
import { isObjectRef, type ObjectRef } from '../runtime/objects/object-ref.js';
import { currentRuntime } from '../runtime/runtime.js';

/**
 * Keeps a value for others, and gives a ref to it: pass it to many calls, and the value travels once to each node. Values over
 * 100 KiB lie in the node's shared memory. Resolves when the value may be changed again.
 *
 * A value that was put is lost with the nodes that have copies of it, and with this process: no call makes it again.
 *
 * @throws {InvalidArgumentError} for a ref, and for what can't travel: functions, symbols.
 * @throws {ObjectStoreFullError} when the node's object store has no room and none came free.
 */
export async function put<T>(value: T): Promise<ObjectRef<T>> {
  if (isObjectRef(value)) throw new InvalidArgumentError('ray.put takes a value: an ObjectRef stands for one already.');
  const { objects, calls } = currentRuntime();
  if (!objects.isConnected) await calls.connect();
  return objects.put(value);
}
