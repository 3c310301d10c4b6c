import { InternalError } from '../core/index.js';
import type { WordReader } from './word-buffer.js';

/** Reads the word that a frame starts with. @throws {InternalError} when it is another kind's or another version's. */
export function checkMagic(reader: WordReader, magic: number, kind: string): void {
  const found = reader.int();
  if (found === magic) return;
  throw new InternalError(
    `A ${kind} starts with ${(found >>> 0).toString(16)}, expected ${magic.toString(16)}. Do all hosts run the same version of ray-ts?`,
  );
}
