const key = Symbol.for('ray-ts.program-directory');
const holder = globalThis as unknown as Record<symbol, string | undefined>;

/**
 * Names the folder that is sent to the nodes with the program (a driver's `workingDir`), or the one that was unpacked from it
 * (in a worker): modules in it go by their path inside, so that they are found wherever it lies.
 */
export function setProgramDirectory(path: string): void {
  holder[key] = path;
}

/** Undefined: the program is at the same path on every machine. */
export const programDirectory = (): string | undefined => holder[key];
