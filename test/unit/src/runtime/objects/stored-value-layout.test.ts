import fc from 'fast-check';
import { InvalidArgumentError } from '../../../../../src/core/index.js';
import type { Value } from '../../../../../src/rpc/index.js';
import { ArrivingValue } from '../../../../../src/runtime/objects/arriving-value.js';
import {
  decodeLayout,
  decodePrefix,
  encodeLayout,
  planLayout,
} from '../../../../../src/runtime/objects/stored-value-layout.js';
import { chunksOf, layOutValue } from '../../../../../src/runtime/objects/stored-value-parts.js';

const anySizes = fc.array(fc.nat(300), { maxLength: 6 });

describe('the layout of a stored value', () => {
  it('is read back as it was planned, every segment at a multiple of 64 and none over another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), anySizes, (headerBytes, segmentBytes) => {
        const layout = planLayout(headerBytes, segmentBytes);
        const bytes = encodeLayout(layout);
        const prefix = decodePrefix(bytes.subarray(0, 64), layout.size);
        const { offset, byteLength } = prefix.table;
        expect(decodeLayout(prefix, bytes.subarray(offset, offset + byteLength))).toEqual(layout);
        let end = layout.header.offset + layout.header.byteLength;
        for (const segment of layout.segments) {
          expect(segment.offset % 64).toBe(0);
          expect(segment.offset).toBeGreaterThanOrEqual(end);
          end = segment.offset + segment.byteLength;
        }
        expect(layout.size).toBe(end);
      }),
    );
  });

  it.each([
    ['too few bytes', (bytes: Uint8Array) => bytes.subarray(0, 10)],
    ['another kind of file', (bytes: Uint8Array) => bytes.fill(7, 0, 8)],
    ['a size beyond the file', (bytes: Uint8Array) => bytes.fill(0x41, 16, 24)],
    ['a table beyond the file', (bytes: Uint8Array) => bytes.fill(0x41, 32, 40)],
  ])('is refused with %s', (_name, damage) => {
    const layout = planLayout(10, [20]);
    const bytes = damage(encodeLayout(layout));
    expect(() => decodePrefix(bytes.subarray(0, 64), layout.size)).toThrow(InvalidArgumentError);
  });

  it('is refused when a segment lies outside of the object', () => {
    const layout = planLayout(10, [20]);
    const prefix = decodePrefix(encodeLayout(layout), layout.size);
    const table = new Uint8Array(Float64Array.of(layout.size - 1, 20).buffer);
    expect(() => decodeLayout(prefix, table)).toThrow(/damaged/);
  });
});

describe('a value that arrives by chunks', () => {
  const arrive = (value: Value, chunkBytes: number): Value => {
    const laidOut = layOutValue(value);
    const arriving = new ArrivingValue();
    let offset = 0;
    for (const chunk of chunksOf(laidOut, chunkBytes)) {
      arriving.take(chunk, offset, laidOut.size);
      offset += chunk.byteLength;
    }
    return arriving.finish([]);
  };

  it('is the value that was laid out, wherever the chunks are cut', () => {
    const anyBytes = fc.uint8Array({ maxLength: 200 });
    const anyHeader = fc.uint8Array({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(anyHeader, fc.array(anyBytes, { maxLength: 5 }), fc.integer({ min: 1, max: 300 }), (...parts) => {
        const [header, segments, chunkBytes] = parts;
        const value = { header, segments, references: [] };
        expect(arrive(value, chunkBytes)).toEqual(value);
      }),
    );
  });

  it('is refused when some of it is missing', () => {
    const laidOut = layOutValue({ header: Uint8Array.of(1), segments: [new Uint8Array(100)], references: [] });
    const arriving = new ArrivingValue();
    const [first] = chunksOf(laidOut, laidOut.size - 1);
    arriving.take(first!, 0, laidOut.size);
    expect(() => arriving.finish([])).toThrow(/before all of it had come/);
  });

  it('is not sent when one of its arrays was transferred away', () => {
    const array = new Uint8Array(100);
    const laidOut = layOutValue({ header: Uint8Array.of(1), segments: [array], references: [] });
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect(() => [...chunksOf(laidOut, 1000)]).toThrow(/transferred away/);
  });
});
