import { requireValidFrame } from '../../../../src/channel/frame.js';
import type { UnsentFrame } from '../../../../src/channel/index.js';

const valid: UnsentFrame = { tag: -7, dtype: 'float32', shape: [2, 3], payload: new Uint8Array(24) };

describe('requireValidFrame', () => {
  it('accepts a payload of exactly the shape', () => {
    expect(() => requireValidFrame(valid)).not.toThrow();
  });

  it('accepts opaque bytes of any shape', () => {
    expect(() => requireValidFrame({ ...valid, dtype: 'bytes', shape: [] })).not.toThrow();
  });

  it.each<[string, Partial<UnsentFrame>]>([
    ['a payload of another length', { payload: new Uint8Array(20) }],
    ['a fifth dim', { shape: [1, 1, 1, 2, 3] }],
    ['a dim that is no count', { shape: [-2, -3] }],
    ['a tag beyond 32 bits', { tag: 2 ** 31 }],
    ['a tag that is no integer', { tag: 0.5 }],
  ])('refuses %s', (_, change) => {
    expect(() => requireValidFrame({ ...valid, ...change })).toThrow(
      expect.objectContaining({ code: 'RAY_INVALID_ARGUMENT' }),
    );
  });
});
