import { ChannelClosedError, InvalidArgumentError } from '../core/errors/index.js';
import { dtypeCode, dtypeFromCode, MAX_DIMS } from './frame.js';
import type { TensorFrame } from './ring.js';

/**
 * Frames as a stream of bytes, little-endian, one after the other:
 *
 *     uint32 payloadBytes | int32 tag | uint8 dtype | uint8 numDims | uint32 dims[numDims] | float64 sequence | payload
 *
 * Where the stream is cut into messages says nothing: a message holds several small frames or a part of a large one.
 */
const FIXED_HEADER_BYTES = 10;
const DIM_BYTES = 4;
const SEQUENCE_BYTES = 8;

const headerBytes = (numDims: number): number => FIXED_HEADER_BYTES + numDims * DIM_BYTES + SEQUENCE_BYTES;

/** The frame's bytes, copied. */
export function encodeFrame(frame: TensorFrame): Uint8Array {
  const { shape, payload } = frame;
  const end = headerBytes(shape.length);
  const bytes = Buffer.allocUnsafe(end + payload.byteLength);
  bytes.writeUInt32LE(payload.byteLength, 0);
  bytes.writeInt32LE(frame.tag, 4);
  bytes.writeUInt8(dtypeCode(frame.dtype), 8);
  bytes.writeUInt8(shape.length, 9);
  for (const [i, dim] of shape.entries()) bytes.writeUInt32LE(dim, FIXED_HEADER_BYTES + i * DIM_BYTES);
  bytes.writeDoubleLE(frame.sequence, end - SEQUENCE_BYTES);
  bytes.set(payload, end);
  return bytes;
}

interface Header extends Omit<TensorFrame, 'payload'> {
  readonly byteLength: number;
  readonly payloadBytes: number;
}

/** Undefined while `bytes` holds no whole header. */
function decodeHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.byteLength < FIXED_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numDims = view.getUint8(9);
  if (numDims > MAX_DIMS) throw new InvalidArgumentError(`A frame with ${numDims} dims came from the other host.`);
  const byteLength = headerBytes(numDims);
  if (bytes.byteLength < byteLength) return undefined;
  return {
    byteLength,
    payloadBytes: view.getUint32(0, true),
    tag: view.getInt32(4, true),
    dtype: dtypeFromCode(view.getUint8(8)),
    shape: Array.from({ length: numDims }, (_, i) => view.getUint32(FIXED_HEADER_BYTES + i * DIM_BYTES, true)),
    sequence: view.getFloat64(byteLength - SEQUENCE_BYTES, true),
  };
}

/** Puts frames together again from messages of any size. */
export class FrameDecoder {
  readonly #maxPayloadBytes: number;
  /** The begin of a frame whose rest has not come. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** How many pending bytes make a decision possible; below that, more bytes are only collected. */
  #neededBytes = FIXED_HEADER_BYTES;
  #sequence = 0;

  /** Frames with a larger payload are refused, before any memory is taken for them. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /**
   * The frames that `message` completes. Payloads point into the message where they can, so it must stay unchanged.
   * @throws {InvalidArgumentError} for bytes that are no frames, or frames that are too large or not in sequence.
   */
  *decode(message: Uint8Array): Generator<TensorFrame> {
    let bytes = this.#takePendingWith(message);
    while (bytes.byteLength >= this.#neededBytes) {
      const header = decodeHeader(bytes);
      this.#neededBytes = header === undefined ? bytes.byteLength + 1 : header.byteLength + header.payloadBytes;
      if (header === undefined) break;
      this.#requireAcceptable(header);
      if (bytes.byteLength < this.#neededBytes) break;
      this.#sequence = header.sequence;
      const { sequence, tag, dtype, shape } = header;
      yield { sequence, tag, dtype, shape, payload: bytes.subarray(header.byteLength, this.#neededBytes) };
      bytes = bytes.subarray(this.#neededBytes);
      this.#neededBytes = FIXED_HEADER_BYTES;
    }
    this.#keep(bytes);
  }

  /** @throws {ChannelClosedError} when the stream ended in the middle of a frame. */
  end(): void {
    if (this.#pendingBytes === 0) return;
    throw new ChannelClosedError(`The stream from the other host ended in the middle of frame ${this.#sequence + 1}.`);
  }

  // Parts of a large frame are joined once, when it is whole, not at every message.
  #takePendingWith(message: Uint8Array): Uint8Array {
    this.#keep(message);
    if (this.#pendingBytes < this.#neededBytes) return new Uint8Array(0);
    const bytes = this.#pending.length === 1 ? message : Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.byteLength;
  }

  #requireAcceptable({ sequence, payloadBytes }: Header): void {
    if (sequence !== this.#sequence + 1) {
      throw new InvalidArgumentError(`Frame ${sequence} came from the other host after frame ${this.#sequence}.`);
    }
    if (payloadBytes > this.#maxPayloadBytes) {
      throw new InvalidArgumentError(
        `A frame of ${payloadBytes} bytes came from the other host, and the ring here takes ${this.#maxPayloadBytes}. Create both rings with the same capacityBytes.`,
      );
    }
  }
}
