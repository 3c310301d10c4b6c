import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { LineSplitter } from './line-splitter.js';

/** What is read at once, so that a process that prints without end does not hold up the others. */
const CHUNK_BYTES = 256 * 1024;
/** More than this behind, lines are skipped: they are in the file. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;

export interface RotationLimits {
  /** A file that is larger is moved to a backup. */
  readonly maxBytes: number;
  /** Backups NAME.1 (the latest) to NAME.n. */
  readonly numBackups: number;
}

/** A file that a process appends to, followed from its start. No file stays open between two reads. */
export class LogFile {
  readonly path: string;
  readonly #splitter = new LineSplitter();
  #offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** The next lines, at most a chunk; none when there is nothing new or the file is gone. */
  readLines(): string[] {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      return []; // the session's folder was removed under a process that still runs
    }
    try {
      const { size } = fstatSync(file);
      if (size < this.#offset) this.#offset = 0;
      const skipped = this.#skipIfFarBehind(size);
      const bytes = Buffer.alloc(Math.min(CHUNK_BYTES, size - this.#offset));
      const length = readSync(file, bytes, 0, bytes.length, this.#offset);
      this.#offset += length;
      return [...skipped, ...this.#splitter.push(bytes.subarray(0, length))];
    } finally {
      closeSync(file);
    }
  }

  /** All that is left of a file that nobody writes any more, its last unended line too. */
  readToEnd(): string[] {
    const lines: string[] = [];
    for (let offset = -1; offset !== this.#offset; ) {
      offset = this.#offset;
      for (const line of this.readLines()) lines.push(line);
    }
    return [...lines, ...this.#splitter.flush()];
  }

  /**
   * Moves a file that has grown too large to a backup, and empties it under its writer, who appends. What is written
   * in the microseconds between the last copied byte and the emptying is lost: the price of not standing between a process
   * and its file.
   */
  rotate({ maxBytes, numBackups }: RotationLimits): void {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= maxBytes) return;
    for (let number = numBackups - 1; number >= 1; number--) {
      const backup = `${this.path}.${number}`;
      if (existsSync(backup)) renameSync(backup, `${this.path}.${number + 1}`);
    }
    if (numBackups > 0) this.#copyTo(`${this.path}.1`);
    truncateSync(this.path, 0);
    this.#offset = 0;
  }

  #copyTo(backup: string): void {
    copyFileSync(this.path, backup);
    const file = openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(CHUNK_BYTES);
      let position = statSync(backup).size;
      for (;;) {
        const length = readSync(file, bytes, 0, bytes.length, position);
        if (length === 0) return;
        appendFileSync(backup, bytes.subarray(0, length));
        position += length;
      }
    } finally {
      closeSync(file);
    }
  }

  #skipIfFarBehind(size: number): string[] {
    const behind = size - this.#offset;
    if (behind <= MAX_BEHIND_BYTES) return [];
    const skipped = behind - CHUNK_BYTES;
    this.#offset += skipped;
    this.#splitter.flush();
    return [`… ${skipped} bytes of output are not shown: more is printed than is sent. All of it is in ${this.path}.`];
  }
}
