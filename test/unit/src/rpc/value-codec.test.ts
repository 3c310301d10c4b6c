import fc from 'fast-check';
import { InvalidArgumentError, type ObjectId } from '../../../../src/core/index.js';
import type { Value } from '../../../../src/rpc/generated/rayts.js';
import { decodeValue, encodeValue } from '../../../../src/rpc/index.js';
import { messageCodec } from '../../../../src/rpc/service-definition.js';
import { ObjectEntry } from '../../../../src/runtime/objects/object-entry.js';
import { ObjectRef } from '../../../../src/runtime/objects/object-ref.js';

const wireCodec = messageCodec<Value>('Value');

/** Through the bytes of a protobuf message, as between two processes. */
const roundTrip = (value: unknown): unknown => decodeValue(wireCodec.decode(wireCodec.encode(encodeValue(value))));

const typedArrays = [
  Uint8Array.of(1, 2, 255),
  Int8Array.of(-1, 2),
  Uint16Array.of(1, 65_535),
  Int16Array.of(-2, 3),
  Uint32Array.of(4_000_000_000),
  Int32Array.of(-5, 6),
  Float32Array.of(0.5, Number.NaN, Number.NEGATIVE_INFINITY),
  Float64Array.of(Math.PI, -0),
  BigInt64Array.of(-7n, 2n ** 62n),
  BigUint64Array.of(2n ** 63n),
];

/** The sign of a zero is the one thing that msgpack's integers lose. */
const anyNumber = fc.double().map((value) => (value === 0 ? 0 : value));
const anyDate = fc.date({ noInvalidDate: true });
/** msgpackr renames this one key, which would otherwise set the object's prototype. */
const anyKey = fc.string().filter((key) => key !== '__proto__');
const anyValue = fc.anything({
  key: anyKey,
  values: [fc.boolean(), fc.integer(), anyNumber, fc.string(), fc.bigInt(), anyDate, fc.constantFrom(null, undefined)],
  withMap: true,
  withSet: true,
  maxDepth: 3,
});

describe('value codec', () => {
  it('gives back any value of plain data', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  it.each(typedArrays.map((array) => [array.constructor.name, array]))(
    'gives back a %s of its class',
    (_name, array) => {
      const copy = roundTrip(array) as typeof array;
      expect(copy.constructor).toBe(array.constructor);
      expect(copy).toEqual(array);
    },
  );

  it('gives back a Buffer as a Buffer and a Uint8Array as a Uint8Array', () => {
    expect(Buffer.isBuffer(roundTrip(Buffer.from('abc')))).toBe(true);
    expect(Buffer.isBuffer(roundTrip(Uint8Array.of(1)))).toBe(false);
  });

  it('gives back typed arrays of every length wherever they lie in a message', () => {
    const lengths = fc.array(fc.nat(5), { maxLength: 5 });
    fc.assert(
      fc.property(lengths, fc.string({ maxLength: 7 }), (counts, text) => {
        const arrays = counts.map((count) => Float64Array.from({ length: count }, (_, index) => index / 3));
        const bytes = counts.map((count) => new Uint8Array(count).fill(7));
        const value = { text, deep: [new Map([['arrays', arrays]]), { bytes }] };
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  it('reads a segment that is not aligned to its elements', () => {
    const encoded = encodeValue(Float64Array.of(1.5, -2.5));
    const memory = Buffer.alloc(64);
    for (let offset = 0; offset < 8; offset++) {
      memory.set(encoded.segments[0]!, offset);
      const segments = [memory.subarray(offset, offset + 16)];
      expect(decodeValue({ ...encoded, segments })).toEqual(Float64Array.of(1.5, -2.5));
    }
  });

  it('sends only the bytes that a view shows, out of band', () => {
    const { header, segments } = encodeValue({ part: new Float32Array(1_000).subarray(10, 12) });
    expect(segments.map((segment) => segment.byteLength)).toEqual([8]);
    expect(header.byteLength).toBeLessThan(100);
  });

  it('is not changed by what happens to the value afterwards', () => {
    const weights = Float32Array.of(1, 2);
    const encoded = encodeValue(weights);
    weights.fill(0);
    expect(decodeValue(encoded)).toEqual(Float32Array.of(1, 2));
  });

  it('keeps cycles and shared objects', () => {
    const shared = { name: 'shared' };
    const value: Record<string, unknown> = { left: shared, right: shared };
    value['self'] = value;
    const copy = roundTrip(value) as Record<string, unknown>;
    expect(copy['self']).toBe(copy);
    expect(copy['left']).toBe(copy['right']);
  });

  it('keeps undefined, in an object and alone', () => {
    expect(roundTrip(undefined)).toBeUndefined();
    expect(roundTrip({ a: undefined })).toStrictEqual({ a: undefined });
    expect(decodeValue(null)).toBeUndefined();
  });

  it.each([
    ['a function', { callback: () => 1 }],
    ['a class', [class Local {}]],
    ['a symbol', Symbol('s')],
  ])('refuses %s', (_what, value) => {
    expect(() => encodeValue(value)).toThrow(InvalidArgumentError);
  });

  it('refuses more than one message holds, and says how much that is', () => {
    expect(() => encodeValue(new Uint8Array(64 * 1024 * 1024))).toThrow(/it has 64 MiB, more than the 63 MiB/);
  });

  it('encodes the next value after one that it refused', () => {
    expect(() => encodeValue([Uint8Array.of(1), () => 1])).toThrow(InvalidArgumentError);
    const { segments } = encodeValue(Uint8Array.of(2));
    expect(segments).toHaveLength(1);
  });

  it('says which segment a damaged message lacks', () => {
    const encoded = encodeValue([Uint8Array.of(1)]);
    expect(() => decodeValue({ ...encoded, segments: [] })).toThrow(/segment 0, which is missing/);
  });
});

describe('references in a value', () => {
  const [one, two] = ['one', 'two'].map(
    (objectId) => new ObjectRef(ObjectEntry.owned(objectId as ObjectId, { origin: 'put' })),
  );
  const rest = { owner: { workerId: 'w', rpcAddress: 'h:1' }, storedBytes: 0 };
  const open = ({ objectId }: { objectId: string }): object => ({ opened: objectId });

  it('are listed beside it, each once, and opened where it is decoded', () => {
    const found: object[] = [];
    const encoded = encodeValue({ list: [one, two, one], map: new Map([['k', two]]) }, found);
    expect(found).toEqual([one, two]);
    const references = ['1', '2'].map((objectId) => ({ objectId, ...rest }));
    const decoded = decodeValue({ ...encoded, references }, open) as { list: unknown[]; map: Map<string, unknown> };
    expect(decoded.list).toEqual([{ opened: '1' }, { opened: '2' }, { opened: '1' }]);
    expect(decoded.map.get('k')).toBe(decoded.list[1]);
    expect(decoded.list[2]).toBe(decoded.list[0]);
  });

  it('can not travel where nobody counts them', () => {
    expect(() => encodeValue([one])).toThrow('it holds an object ref');
    const encoded = encodeValue([one], []);
    expect(() => decodeValue({ ...encoded, references: [{ objectId: '1', ...rest }] })).toThrow(
      'it holds an object ref',
    );
    expect(encodeValue([1]).segments).toEqual([]);
  });

  it('are refused when the list does not have them', () => {
    const encoded = encodeValue([one], []);
    expect(() => decodeValue(encoded, open)).toThrow(/names reference 0, which is missing/);
    expect(() => decodeValue({ ...encoded, references: [{ objectId: '1', storedBytes: 0 }] }, open)).toThrow(
      InvalidArgumentError,
    );
  });
});
