import { createWorkerId, type RayError } from '../../src/core/index.js';
import { encodeValue } from '../../src/rpc/index.js';
import type { ObjectRef } from '../../src/runtime/objects/object-ref.js';
import { currentRuntime, startRuntime } from '../../src/runtime/runtime.js';

/** Begins the runtime of a process that is never connected. */
export const startUnconnectedRuntime = (): void => void startRuntime(createWorkerId());

/** A ref to a result that is to come, or never does. */
export const never = <T>(): ObjectRef<T> => currentRuntime().objects.createPendingOne() as ObjectRef<T>;

export function resolve<T>(ref: ObjectRef<T>, value: T): void {
  void currentRuntime().objects.settle(ref, { value: encodeValue(value) });
}

export function reject(ref: ObjectRef<unknown>, error: RayError): void {
  void currentRuntime().objects.settle(ref, { error });
}

export function ready<T>(value: T): ObjectRef<T> {
  const ref = never<T>();
  resolve(ref, value);
  return ref;
}

export function failed(error: RayError): ObjectRef<never> {
  const ref = never<never>();
  reject(ref, error);
  return ref;
}
