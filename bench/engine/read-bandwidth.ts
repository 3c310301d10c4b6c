import koffi from 'koffi';
import { NUM_THREADS } from './subject-form.js';

/** Much larger than any cache; each thread has two. */
const BUFFER_BYTES = 192 * 2 ** 20;
const ROUNDS = 8;

/** What every byte is set to, so that the pages are real, and one that none is set to. */
const PRESENT = 1;
const ABSENT = 2;

/** How fast this machine reads memory with as many threads as the subjects have. */
export interface ReadBandwidth {
  /** The function of glibc that was fastest; each is vectorized and does next to nothing with what it reads. */
  readonly reader: string;
  readonly bytesPerSecond: number;
}

type Read = (buffers: readonly [unknown, unknown]) => Promise<void>;

function createReaders(): Record<string, Read> {
  const libc = koffi.load(null);
  const search = libc.func('memchr', 'void *', ['void *', 'int', 'size_t']);
  const compare = libc.func('memcmp', 'int', ['void *', 'void *', 'size_t']);
  const call = (run: (done: (error: unknown) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
  return {
    memchr: async (buffers) => {
      for (const buffer of buffers) await call((done) => search.async(buffer, ABSENT, BUFFER_BYTES, done));
    },
    memcmp: ([left, right]) => call((done) => compare.async(left, right, BUFFER_BYTES, done)),
  };
}

/** Takes the best of several rounds and ways; the calls run on threads of libuv's pool, one for each pair of buffers. */
export async function measureReadBandwidth(): Promise<ReadBandwidth> {
  const libc = koffi.load(null);
  const allocate = libc.func('malloc', 'void *', ['size_t']);
  const fill = libc.func('memset', 'void *', ['void *', 'int', 'size_t']);
  const free = libc.func('free', 'void', ['void *']);
  const createBuffer = (): unknown => {
    const buffer = allocate(BUFFER_BYTES);
    fill(buffer, PRESENT, BUFFER_BYTES);
    return buffer;
  };
  const pairs = Array.from({ length: NUM_THREADS }, () => [createBuffer(), createBuffer()] as const);
  let best: ReadBandwidth = { reader: 'none', bytesPerSecond: 0 };
  for (const [reader, read] of Object.entries(createReaders())) {
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      await Promise.all(pairs.map(read));
      const bytesPerSecond = (1000 * 2 * NUM_THREADS * BUFFER_BYTES) / (performance.now() - start);
      if (bytesPerSecond > best.bytesPerSecond) best = { reader, bytesPerSecond };
    }
  }
  for (const buffer of pairs.flat()) free(buffer);
  return best;
}
