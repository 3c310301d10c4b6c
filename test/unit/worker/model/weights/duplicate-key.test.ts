import fc from 'fast-check';
import { findDuplicateKey } from '../../../../../worker/model/weights/duplicate-key.js';

describe('findDuplicateKey', () => {
  it('finds a key that an object has twice, however it is spelled', () => {
    expect(findDuplicateKey('{"a":1,"b":{"c":1,"c":2}}')).toBe('c');
    expect(findDuplicateKey('[{"a":1,"\\u0061":2}]')).toBe('a');
  });

  it('leaves keys of different objects, and strings that look like JSON, alone', () => {
    expect(findDuplicateKey('{"a":{"a":1},"b":[{"a":1},{"a":1}],"c":"a","d":"{\\"a\\":1,\\"a\\":2}"}')).toBeUndefined();
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.json(), (json) => findDuplicateKey(JSON.stringify(JSON.parse(json))) === undefined));
  });
});
