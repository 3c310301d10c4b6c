import { IllegalStateError } from '../../../src/core/index.js';
import type { OrtPointer } from './table-binder.js';

/**
 * The native object, as long as it was not released: using a released one is a segmentation fault.
 * @throws {IllegalStateError} when it was.
 */
export function requireOpen(pointer: OrtPointer | undefined, what: string): OrtPointer {
  if (pointer === undefined) throw new IllegalStateError(`The ${what} of ONNX Runtime was already closed.`);
  return pointer;
}
