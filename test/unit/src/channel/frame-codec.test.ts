import fc from 'fast-check';
import { encodeFrame, FrameDecoder } from '../../../../src/channel/frame-codec.js';
import type { TensorFrame } from '../../../../src/channel/index.js';

function frameOf(sequence: number, payload: Uint8Array, shape: readonly number[] = [payload.byteLength]): TensorFrame {
  return { sequence, tag: -sequence, dtype: 'bytes', shape, payload };
}

function decodeAll(decoder: FrameDecoder, messages: readonly Uint8Array[]): TensorFrame[] {
  return messages.flatMap((message) => [...decoder.decode(message)]);
}

/** The bytes in parts of `lengths`, taken in turn. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0, i = 0; start < bytes.byteLength; i++) {
    const length = lengths[i % lengths.length]!;
    parts.push(bytes.subarray(start, start + length));
    start += length;
  }
  return parts;
}

const payloads = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 });
const shapes = fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 4 });
const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });

describe('FrameDecoder', () => {
  it('returns the encoded frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(payloads, shapes, cuts, (contents, shape, lengths) => {
        const frames = contents.map((payload, i) => frameOf(i + 1, payload, shape));
        const messages = cut(Buffer.concat(frames.map(encodeFrame)), lengths);
        const plain = (frame: TensorFrame) => ({ ...frame, payload: [...frame.payload] });
        expect(decodeAll(new FrameDecoder(200), messages).map(plain)).toEqual(frames.map(plain));
      }),
    );
  });

  it('refuses a payload above its limit before the payload has come', () => {
    const begin = encodeFrame(frameOf(1, new Uint8Array(1000))).subarray(0, 40);
    expect(() => decodeAll(new FrameDecoder(999), [begin])).toThrow(/1000 bytes .* takes 999/);
  });

  it('refuses a frame that does not follow the one before', () => {
    const decoder = new FrameDecoder(10);
    decodeAll(decoder, [encodeFrame(frameOf(1, new Uint8Array(1)))]);
    expect(() => decodeAll(decoder, [encodeFrame(frameOf(3, new Uint8Array(1)))])).toThrow('Frame 3 came');
  });

  it('refuses a dtype that it does not know', () => {
    const bytes = encodeFrame(frameOf(1, new Uint8Array(1)));
    bytes[8] = 99;
    expect(() => decodeAll(new FrameDecoder(10), [bytes])).toThrow('Unknown dtype code 99');
  });

  it('tells when the stream ends in the middle of a frame', () => {
    const decoder = new FrameDecoder(10);
    decodeAll(decoder, [encodeFrame(frameOf(1, new Uint8Array(4))).subarray(0, -1)]);
    expect(() => decoder.end()).toThrow('in the middle of frame 1');
  });

  it('accepts the end of the stream between frames', () => {
    const decoder = new FrameDecoder(10);
    decodeAll(decoder, [encodeFrame(frameOf(1, new Uint8Array(4)))]);
    expect(() => decoder.end()).not.toThrow();
  });
});
