import { ModelLoadError } from '../../../../../src/core/index.js';
import { parseHeaderLength, parseSafetensorsHeader } from '../../../../../worker/model/weights/safetensors-header.js';

const encode = (header: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(header));
const tensor = (begin: number, end: number, shape: readonly number[] = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const parse = (header: unknown, dataBytes: number) => {
  const json = encode(header);
  return parseSafetensorsHeader('model.safetensors', json, 8 + json.byteLength + dataBytes);
};
const prefixOf = (length: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(length).buffer);

describe('parseHeaderLength', () => {
  it('reads the length before the header', () => {
    expect(parseHeaderLength('f', prefixOf(64n), 100)).toBe(64);
  });

  it.each([
    ['a file of less than 8 bytes', new Uint8Array(3), 3, /only 3 bytes/],
    ['a header that is longer than its file', prefixOf(93n), 100, /ends at offset 101, but the file has 100/],
    ['a length that no header has', prefixOf(2n ** 60n), 2 ** 61, /claims \d+ bytes at offset 0/],
  ])('refuses %s', (_, prefix, fileBytes, message) => {
    expect(() => parseHeaderLength('f', prefix, fileBytes)).toThrow(ModelLoadError);
    expect(() => parseHeaderLength('f', prefix, fileBytes)).toThrow(message);
  });
});

describe('parseSafetensorsHeader', () => {
  it('places tensors behind the header and leaves out the metadata', () => {
    const header = { __metadata__: { format: 'pt' }, a: tensor(0, 16, [2, 2]), b: tensor(16, 20, [2], 'BF16') };
    const entries = parse(header, 20);
    const dataStart = 8 + encode(header).byteLength;
    expect([...entries]).toEqual([
      ['a', { dtype: 'F32', shape: [2, 2], position: dataStart }],
      ['b', { dtype: 'BF16', shape: [2], position: dataStart + 16 }],
    ]);
  });

  it('accepts a tensor of a dtype that can not be read', () => {
    expect(parse({ steps: tensor(0, 8, [1], 'I64') }, 8).get('steps')?.dtype).toBe('I64');
  });

  it.each([
    ['tensors that overlap', { a: tensor(0, 8), b: tensor(4, 12) }, 12, /tensors a and b overlap at data offset 4/],
    [
      'a tensor beyond the end of the file',
      { a: tensor(0, 8) },
      4,
      /tensor a ends at data offset 8, but the file has 4 bytes of data/,
    ],
    ['a tensor of fewer bytes than its shape', { a: tensor(0, 8, [3]) }, 8, /takes 8 bytes instead of 12/],
    ['a tensor that ends before it begins', { a: tensor(8, 0, [2]) }, 8, /ends at data offset 0, before/],
    [
      'bytes between tensors',
      { a: tensor(0, 8), b: tensor(12, 16) },
      16,
      /no tensor has the bytes from data offset 8 to b at 12/,
    ],
    ['bytes before the first tensor', { a: tensor(4, 8) }, 8, /no tensor has the bytes from data offset 0 to a at 4/],
    ['bytes after the last tensor', { a: tensor(0, 8) }, 11, /its last 3 bytes belong to no tensor/],
    ['a dtype that the format lacks', { a: tensor(0, 8, [2], 'F31') }, 8, /tensor a has the dtype F31/],
    ['a dtype named like a property of objects', { a: tensor(0, 8, [2], 'toString') }, 8, /has the dtype toString/],
    [
      'a tensor of bytes where its dtype has eight each',
      { a: tensor(0, 8, [2], 'I64') },
      8,
      /takes 8 bytes instead of 16/,
    ],
    ['more values than numbers can count', { a: tensor(0, 8, [2 ** 52, 2 ** 52, 2]) }, 8, /takes 8 bytes instead of/],
    [
      'a tensor without a shape',
      { a: { dtype: 'F32', data_offsets: [0, 4] } },
      4,
      /describes tensor a wrongly: shape: /,
    ],
    ['a negative dim', { a: tensor(0, 4, [-1]) }, 4, /describes tensor a wrongly: shape\.0: /],
    ['a tensor that is a number', { a: 1 }, 0, /describes tensor a wrongly: its entry: /],
    ['a header that is a list', [], 0, /not a JSON object/],
  ])('refuses %s', (_, header, dataBytes, message) => {
    expect(() => parse(header, dataBytes)).toThrow(ModelLoadError);
    expect(() => parse(header, dataBytes)).toThrow(message);
  });

  it.each([
    ['is not JSON', '{"a"', /not JSON/],
    ['follows a byte order mark', '\ufeff{}', /not JSON/],
    ['names a tensor twice', '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}', /names a twice/],
    ['has a field twice', '{"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}', /names dtype twice/],
  ])('refuses a header that %s', (_, text, message) => {
    const json = new TextEncoder().encode(text);
    expect(() => parseSafetensorsHeader('f', json, 8 + json.byteLength)).toThrow(message);
  });

  it('refuses a header that is not UTF-8', () => {
    expect(() => parseSafetensorsHeader('f', Uint8Array.of(0x7b, 0xff), 10)).toThrow(
      /f is not a sound safetensors file: its header at offset 8 is not UTF-8/,
    );
  });
});
