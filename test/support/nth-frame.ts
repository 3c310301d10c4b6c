import type { UnsentFrame } from '../../src/channel/index.js';

/** The frame that both processes of a test know by its number: sizes from empty to 3 KB, contents that tell it apart. */
export function nthFrame(n: number): UnsentFrame {
  const numElements = (n * 7919) % 751;
  const elements = new Int32Array(numElements).fill(n);
  if (numElements > 0) elements[numElements - 1] = -n;
  return { tag: n % 1000, dtype: 'int32', shape: [1, numElements], payload: new Uint8Array(elements.buffer) };
}
