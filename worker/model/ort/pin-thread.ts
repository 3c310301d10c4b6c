import { libC } from './libc.js';

/** As many as the C library's `cpu_set_t` has: 1024 cores. */
const MASK_WORDS = 16;
const BITS_PER_WORD = 64;
const CALLING_THREAD = 0;

/** Numbers of the cores in a mask of one bit per core, ascending. */
function coresOf(mask: BigUint64Array): number[] {
  const numBits = mask.length * BITS_PER_WORD;
  return Array.from({ length: numBits }, (_, core) => core).filter(
    (core) => (mask[Math.floor(core / BITS_PER_WORD)]! >> BigInt(core % BITS_PER_WORD)) & 1n,
  );
}

function maskOf(cores: readonly number[]): BigUint64Array {
  const mask = new BigUint64Array(MASK_WORDS);
  for (const core of cores) mask[Math.floor(core / BITS_PER_WORD)]! |= 1n << BigInt(core % BITS_PER_WORD);
  return mask;
}

/**
 * Keeps the calling thread, and the threads that it starts from now on, on `count` of the cores that it may use, from the
 * place `first` among them on. Before {@link openOrtEnvironment}, so that the pool's threads keep to them too.
 * @returns false, having changed nothing, where the system does not allow it or there are fewer cores.
 */
export function pinThread({ first, count }: { readonly first: number; readonly count: number }): boolean {
  const { affinity } = libC();
  const allowed = new BigUint64Array(MASK_WORDS);
  if (affinity === undefined || affinity.get(CALLING_THREAD, allowed.byteLength, allowed) !== 0) return false;
  const cores = coresOf(allowed).slice(first, first + count);
  return cores.length === count && affinity.set(CALLING_THREAD, allowed.byteLength, maskOf(cores)) === 0;
}
