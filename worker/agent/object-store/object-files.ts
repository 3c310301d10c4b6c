import { closeSync, fstatSync, openSync, renameSync, statSync } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { isObjectFileHeld } from '../../../src/channel/index.js';
import { InternalError, type Logger, toError } from '../../../src/core/index.js';
import type { ObjectFile } from './object-record.js';

/** Locks that are looked at in one go; each costs some microseconds. */
const MAX_PROBES = 64;

export interface ObjectFilesOptions {
  /** Path of a file of this node in /dev/shm by its name. */
  readonly pathOf: (name: string) => string;
  /** Spares above this many bytes are removed. */
  readonly maxSpareBytes: number;
  readonly logger: Logger;
}

/**
 * The node's files in /dev/shm. A file's name says what it is: `writing-N`, `object-ID` once it is sealed, and `idle-N` when
 * its object was freed. It is renamed before its lock is looked at, so that whoever locks it and then finds it at its path
 * may rely on its bytes. Freed files that no process maps are *spares* for the next objects: their memory is warm.
 */
export class ObjectFiles {
  readonly #options: ObjectFilesOptions;
  /** In the order in which they came free. */
  readonly #spares = new Set<ObjectFile>();
  /** Of freed objects; some process still maps them, or did when it was last looked. */
  readonly #retired = new Set<ObjectFile>();
  #numFiles = 0;

  constructor(options: ObjectFilesOptions) {
    this.#options = options;
  }

  get spares(): readonly ObjectFile[] {
    return [...this.#spares];
  }

  /** Of files of freed objects that some process still maps. */
  get retiredBytes(): number {
    return sumBytes(this.#retired);
  }

  /** A new, empty file for an object to be written; its memory comes with the first write. */
  create(byteLength: number): ObjectFile {
    const path = this.#nextPath('writing');
    try {
      const fd = openSync(path, 'wx', 0o600);
      const { ino: inode } = fstatSync(fd);
      closeSync(fd);
      return { path, byteLength, inode };
    } catch (error) {
      throw new InternalError(`Can't create the object file ${path}: ${String(error)}.`, { cause: error });
    }
  }

  /** Makes a spare the file of an object to be written. */
  reuse(spare: ObjectFile): ObjectFile {
    this.#spares.delete(spare);
    return this.#rename(spare, this.#nextPath('writing'));
  }

  /** Names a written file for its object: from now on it can be opened by that name. */
  publish(file: ObjectFile, objectId: string): ObjectFile {
    return this.#rename(file, this.#options.pathOf(`object-${objectId}`));
  }

  /** Takes the file of a freed object back; readers that map it keep its bytes. It is of use after {@link collect}. */
  retire(file: ObjectFile): void {
    const { path } = this.#rename(file, this.#nextPath('idle'));
    // A writer that gave up, or never began, has left a file that is shorter than it was to be.
    const idle = { ...file, path, byteLength: statSync(path).size };
    if (idle.byteLength === 0) this.#remove(idle);
    else this.#retired.add(idle);
  }

  /** Looks which freed files nobody maps any more, those first that wait longest; true when there are some. */
  collect(): boolean {
    let isAnyFree = false;
    for (const file of [...this.#retired].slice(0, MAX_PROBES)) {
      this.#retired.delete(file);
      const isFree = !isObjectFileHeld(file.path);
      if (isFree) this.#spares.add(file);
      else this.#retired.add(file);
      isAnyFree ||= isFree;
    }
    for (const spare of this.#spares) {
      if (sumBytes(this.#spares) <= this.#options.maxSpareBytes) break;
      this.drop(spare);
    }
    return isAnyFree;
  }

  drop(spare: ObjectFile): void {
    this.#spares.delete(spare);
    this.#remove(spare);
  }

  #remove({ path }: ObjectFile): void {
    discard(path).catch((error: unknown) => {
      this.#options.logger.warn({ path, reason: toError(error).message }, 'an object file was not removed');
    });
  }

  #rename(file: ObjectFile, path: string): ObjectFile {
    renameSync(file.path, path);
    return { ...file, path };
  }

  #nextPath(kind: 'writing' | 'idle'): string {
    this.#numFiles++;
    return this.#options.pathOf(`${kind}-${this.#numFiles}`);
  }
}

/**
 * On another thread: to free gigabytes takes a while. Cut off first, so that the memory comes free although its last writer
 * may still map the file; nobody else does.
 */
async function discard(path: string): Promise<void> {
  await truncate(path).catch(() => undefined); // gone already, or else its removal says why
  await rm(path, { force: true });
}

function sumBytes(files: Iterable<ObjectFile>): number {
  let sum = 0;
  for (const { byteLength } of files) sum += byteLength;
  return sum;
}
