import { InvalidArgumentError } from '../core/errors/index.js';
import type { FrameDtype, TensorFrame } from './ring.js';

/** A frame before the ring has numbered it. */
export type UnsentFrame = Omit<TensorFrame, 'sequence'>;

export const MAX_DIMS = 4;

interface DtypeFormat {
  /** The dtype's number in shared memory and on the wire; never reused. */
  readonly code: number;
  /** Undefined where the shape says nothing of the payload's length. */
  readonly elementBytes: number | undefined;
}

const formats: Readonly<Record<FrameDtype, DtypeFormat>> = {
  bytes: { code: 0, elementBytes: undefined },
  int32: { code: 1, elementBytes: 4 },
  float32: { code: 2, elementBytes: 4 },
};

const dtypeOfCode = new Map(Object.entries(formats).map(([dtype, { code }]) => [code, dtype as FrameDtype]));

export const dtypeCode = (dtype: FrameDtype): number => formats[dtype].code;

/** @throws {InvalidArgumentError} for a code that this version doesn't know. */
export function dtypeFromCode(code: number): FrameDtype {
  const dtype = dtypeOfCode.get(code);
  if (dtype === undefined) {
    throw new InvalidArgumentError(
      `Unknown dtype code ${code} in a frame: the other end runs another version of ray-ts.`,
    );
  }
  return dtype;
}

/**
 * @throws {InvalidArgumentError} when the tag is no int32, the shape has more than 4 dims or a bad one, or dtype and
 * shape don't give the payload's length.
 */
export function requireValidFrame(frame: UnsentFrame): void {
  const { tag, dtype, shape, payload } = frame;
  if ((tag | 0) !== tag) throw new InvalidArgumentError(`A frame's tag must be a 32-bit integer, got ${tag}.`);
  if (shape.length > MAX_DIMS) {
    throw new InvalidArgumentError(`A frame has at most ${MAX_DIMS} dims, got [${shape.join(', ')}].`);
  }
  let numElements = 1;
  for (const dim of shape) {
    if (dim >>> 0 !== dim) throw new InvalidArgumentError(`A frame's dims must be counts, got [${shape.join(', ')}].`);
    numElements *= dim;
  }
  const { elementBytes } = formats[dtype];
  if (elementBytes !== undefined && numElements * elementBytes !== payload.byteLength) {
    throw new InvalidArgumentError(
      `A ${dtype} frame of shape [${shape.join(', ')}] has ${numElements * elementBytes} bytes, but its payload has ${payload.byteLength}.`,
    );
  }
}
