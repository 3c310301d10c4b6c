import koffi from 'koffi';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** Keeps the calling thread, and those that it starts, on one core. */
export function pinToCore(core: number): void {
  const setAffinity = koffi.load(null).func('sched_setaffinity', 'int', ['int', 'size_t', 'void *']);
  const mask = BigUint64Array.of(1n << BigInt(core));
  if (setAffinity(0, mask.byteLength, mask) !== 0) throw new Error(`Can't run on core ${core} alone.`);
}

/** Ends this process with the one that started it, also while it spins and hears nothing. */
export function endWithParent(): void {
  const control = koffi.load(null).func('prctl', 'int', ['int', 'long', 'long', 'long', 'long']);
  control(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}
