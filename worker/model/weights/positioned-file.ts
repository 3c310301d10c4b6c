import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ModelLoadError, toError } from '../../../src/core/index.js';

/** The most that one read is asked for: systems refuse or cut those of 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

/** A file of a model folder, read at the positions that are asked for. */
export class PositionedFile {
  readonly path: string;
  readonly byteLength: number;
  readonly #descriptor: number;

  private constructor(path: string, byteLength: number, descriptor: number) {
    this.path = path;
    this.byteLength = byteLength;
    this.#descriptor = descriptor;
  }

  /** @throws {ModelLoadError} when there is no file to be read, as behind a link that leads nowhere or in a circle. */
  static open(path: string): PositionedFile {
    const descriptor = openWithoutWaiting(path);
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return new PositionedFile(path, stats.size, descriptor);
    closeSync(descriptor);
    throw new ModelLoadError(`The weights ${path} are not a file. Check that the model folder is complete.`, {
      details: { path },
    });
  }

  /**
   * Fills `target` with the bytes from `position` on.
   * @throws {ModelLoadError} when the file ends before, or can't be read.
   */
  read(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.byteLength) {
      const numBytes = this.#readSome(target.subarray(done, done + MAX_READ_BYTES), position + done);
      if (numBytes === 0) {
        const offset = position + done;
        throw new ModelLoadError(
          `${this.path} ends at offset ${offset}, in the middle of a tensor. Download it again.`,
          {
            details: { path: this.path, offset },
          },
        );
      }
      done += numBytes;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readSome(target: Uint8Array, position: number): number {
    try {
      return readSync(this.#descriptor, target, 0, target.byteLength, position);
    } catch (error) {
      throw new ModelLoadError(`${this.path} can't be read at offset ${position}: ${toError(error).message}.`, {
        cause: error,
        details: { path: this.path, offset: position },
      });
    }
  }
}

/** A named pipe without a writer would otherwise keep the opener waiting. */
function openWithoutWaiting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new ModelLoadError(
      `The weights file ${path} can't be opened: ${toError(error).message}. Check that the model folder is complete.`,
      { cause: error, details: { path } },
    );
  }
}
