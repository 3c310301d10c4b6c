import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAX_TAIL_BYTES = 16 * 1024;

/** The last `count` lines of a file, oldest first; none when there is no such file. */
export function readLastLines(path: string, count: number): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return []; // the process wrote nothing before it ended
  }
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, MAX_TAIL_BYTES);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    const lines = bytes.toString('utf8').split('\n');
    // The first one is cut off, which is better than nothing when it is all there is.
    if (size > length && lines.length > 1) lines.shift();
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(file);
  }
}
