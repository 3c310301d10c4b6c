import { InvalidArgumentError } from '../core/index.js';

/** What collectives work on: numbers of one kind, one after the other. */
export type Tensor =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** The tensor's memory, without a copy. */
export const bytesOf = (tensor: Tensor): Uint8Array =>
  new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength);

/** The elements from `start` to before `end`, without a copy. */
export const slice = <T extends Tensor>(tensor: T, start: number, end: number): T => tensor.subarray(start, end) as T;

/** Bytes of another process as numbers of the tensor's kind; they must begin where such a number may begin. */
export function viewLike<T extends Tensor>(tensor: T, bytes: Uint8Array): T {
  const TensorClass = tensor.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => T;
  return new TensorClass(bytes.buffer, bytes.byteOffset, bytes.byteLength / tensor.BYTES_PER_ELEMENT);
}

/** @throws {InvalidArgumentError} for anything but a tensor. */
export function requireTensor(value: unknown, what: string): asserts value is Tensor {
  const isTensor = ArrayBuffer.isView(value) && 'BYTES_PER_ELEMENT' in value && !('getBigInt64' in value);
  if (isTensor && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array)) return;
  throw new InvalidArgumentError(`${what} must be a typed array of numbers, such as a Float32Array.`);
}
