import { addExtension, Packr } from 'msgpackr';
import { InvalidArgumentError, toError } from '../core/index.js';
import type { ObjectReference, Value } from './generated/rayts.js';
import { MAX_MESSAGE_BYTES } from './transport-options.js';

/**
 * JavaScript values on the wire: msgpack for the structure, and the bytes of typed arrays and Buffers beside it, so that
 * bulk data is not parsed and arrives as views (as Python's pickle protocol 5 does it).
 */

type BinaryConstructor = { new (buffer: ArrayBuffer, offset: number, length: number): ArrayBufferView };

/** msgpack extension type → class; the types are part of the wire format. */
const binaryClasses = new Map<number, BinaryConstructor & { readonly BYTES_PER_ELEMENT: number }>([
  [33, Uint8Array],
  [34, Int8Array],
  [35, Uint16Array],
  [36, Int16Array],
  [37, Uint32Array],
  [38, Int32Array],
  [39, Float32Array],
  [40, Float64Array],
  [41, BigInt64Array],
  [42, BigUint64Array],
  // After Uint8Array, its superclass: msgpackr asks the latest extension first.
  [43, Buffer as never],
]);

/** The segments of the value being packed or unpacked: msgpackr's extensions are called synchronously within a call. */
let segments: Uint8Array[] = [];

/** What becomes of the bytes of an array that is packed. */
let takeSegment: (bytes: Uint8Array) => Uint8Array;

/** The message may wait for room on its stream, and its sender may write to the array meanwhile. */
const copySegment = (bytes: Uint8Array): Uint8Array => bytes.slice();

const shareSegment = (bytes: Uint8Array): Uint8Array => bytes;

for (const [type, BinaryClass] of binaryClasses) {
  addExtension({
    Class: BinaryClass as never,
    type,
    pack: (view: ArrayBufferView) => {
      segments.push(takeSegment(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
      const index = Buffer.alloc(4);
      index.writeUInt32LE(segments.length - 1);
      return index;
    },
    unpack: (index: Buffer) => viewOf(BinaryClass, index.readUInt32LE(0)),
  });
}

addExtension({
  Class: Function as never,
  type: 44,
  pack: (value: { readonly name: string }) => {
    throw new TypeError(`it holds the function ${value.name || '(anonymous)'}`);
  },
  unpack: () => undefined,
});

/** The extension types above 44 are for classes that other folders register: part of the wire format too. */
export const valueTypes = { objectRef: 45, actorHandle: 46 } as const;

/** What happens to references within the call of {@link encodeValue} or {@link decodeValue} that is under way. */
let takeReference: (reference: object) => number = refuseReference;
let openReference: (index: number) => unknown = refuseReference;

function refuseReference(): never {
  throw new TypeError('it holds an object ref, which can only travel in arguments, results and objects');
}

/** Instances of the class travel as references: the value lists them, and who decodes it decides what they become. */
export function registerReferenceClass(Class: new (...args: never[]) => object): void {
  addExtension({
    Class: Class as never,
    type: valueTypes.objectRef,
    write: (reference: object) => takeReference(reference),
    read: (index: number) => openReference(index),
  });
}

/** How instances of a class travel: as other data, in which there may be references. */
export interface ValueClass<T extends object> {
  readonly Class: { [Symbol.hasInstance](value: unknown): boolean };
  readonly type: (typeof valueTypes)[keyof typeof valueTypes];
  write(instance: T): unknown;
  /** What `write` gave, as it arrived from another process: check it. */
  read(data: unknown): T;
}

export function registerValueClass<T extends object>({ Class, type, write, read }: ValueClass<T>): void {
  addExtension({ Class: Class as never, type, write, read });
}

/** A value must fit one message, with its envelope. */
const MAX_VALUE_BYTES = MAX_MESSAGE_BYTES - 1024 * 1024;

// Records keep objects and Maps apart; each message carries the records it uses.
const packr = new Packr({ structuredClone: true });
/** msgpackr reads its options off the instance. */
const packrOptions = packr as unknown as { structuredClone: boolean };

/**
 * @param found where the instances of the reference class inside go, each once; the `references` of the result are left to
 *  the caller, in that order. Without it such an instance can't travel.
 * @returns the value's wire form, which shares no memory with it.
 * @throws {InvalidArgumentError} for what can't travel: functions, symbols, and what refuses in its `toJSON`; for more than
 *  63 MiB.
 */
export function encodeValue(value: unknown, found?: object[]): Value {
  return encode(value, found, copySegment, requireSendable);
}

/**
 * Encodes a value of any size for an object store, which copies it once, into place.
 *
 * @param found as for {@link encodeValue}.
 * @returns the value's wire form, whose segments are the memory of its arrays: they must not change while it is in use.
 * @throws {InvalidArgumentError} for what can't travel, as {@link encodeValue}.
 */
export function encodeValueInPlace(value: unknown, found?: object[]): Value {
  return encode(value, found, shareSegment, (encoded) => encoded);
}

function encode(
  value: unknown,
  found: object[] | undefined,
  take: typeof takeSegment,
  check: (encoded: Value) => Value,
): Value {
  segments = [];
  takeSegment = take;
  // msgpackr asks once for each instance: where it is met again, it writes a pointer.
  if (found) takeReference = (reference) => found.push(reference) - 1;
  try {
    return check({ header: packr.pack(value), segments, references: [] });
  } catch (error) {
    throw new InvalidArgumentError(
      `A value can't be sent to another process: ${toError(error).message}. Send plain data: numbers, strings, arrays, ` +
        'objects, Map, Set, Date, typed arrays.',
      { cause: error },
    );
  } finally {
    segments = [];
    takeReference = refuseReference;
    forgetPacked();
  }
}

/** msgpackr keeps what it packed last until it packs again: a value that is gone for the program must not live by that. */
function forgetPacked(): void {
  packrOptions.structuredClone = false;
  packr.pack(null);
  packrOptions.structuredClone = true;
}

/** Bytes of a value on the wire, without its envelope. */
export function valueBytes(value: Value): number {
  return value.segments.reduce((sum, segment) => sum + segment.byteLength, value.header.byteLength);
}

function requireSendable(value: Value): Value {
  if (valueBytes(value) <= MAX_VALUE_BYTES) return value;
  const [has, limit] = [valueBytes(value), MAX_VALUE_BYTES].map((bytes) => (bytes / 1024 / 1024).toFixed(0));
  throw new RangeError(`it has ${has} MiB, more than the ${limit} MiB that one call carries`);
}

/**
 * Rebuilds a value. Typed arrays are views of the received bytes where alignment allows, else copies.
 *
 * @param open makes what stands for a reference here; called for each that the value holds, once for every place that is not
 *  the same object as another. Without it a value with references can't be rebuilt.
 */
export function decodeValue(value: Value | null | undefined, open?: (reference: ObjectReference) => object): unknown {
  if (!value) return undefined;
  segments = value.segments;
  if (open) openReference = (index) => open(referenceAt(value, index));
  try {
    const { buffer, byteOffset, byteLength } = value.header;
    return packr.unpack(Buffer.from(buffer, byteOffset, byteLength));
  } finally {
    segments = [];
    openReference = refuseReference;
  }
}

function referenceAt({ references }: Value, index: number): ObjectReference {
  const reference = references[index];
  if (reference?.owner) return reference;
  throw new InvalidArgumentError(`A received value names reference ${index}, which is missing or has no owner.`);
}

function viewOf(
  BinaryClass: BinaryConstructor & { readonly BYTES_PER_ELEMENT: number },
  index: number,
): ArrayBufferView {
  const bytes = segments[index];
  if (bytes === undefined) throw new InvalidArgumentError(`A received value names segment ${index}, which is missing.`);
  if ((BinaryClass as unknown) === Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elementBytes = BinaryClass.BYTES_PER_ELEMENT;
  // Uint8Array.from copies; the `slice` of a Buffer, which is what protobufjs reads, would not.
  const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : Uint8Array.from(bytes);
  return new BinaryClass(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / elementBytes);
}
