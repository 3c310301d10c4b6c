/** A flag in memory that threads share: lowered when made, and never lowered again once raised. */
export function createAbortFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function raiseAbortFlag(flag: Int32Array): void {
  Atomics.store(flag, 0, 1);
}

export function isAbortFlagRaised(flag: Int32Array): boolean {
  return Atomics.load(flag, 0) === 1;
}
