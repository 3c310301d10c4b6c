import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, toError } from '../../../src/core/index.js';
import { decodeGraphFile, encodeGraphFile } from './graph-file.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Optimized graphs in a folder, by key, written whole or not at all: processes may share it. It is never needed: what
 * can't be read or written is logged, and made again.
 */
export class GraphCache {
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Undefined when there is none that is whole. */
  read(key: string): Uint8Array | undefined {
    const path = this.#pathOf(key);
    try {
      const graph = decodeGraphFile(readFileSync(path));
      if (graph === undefined) this.#logger.warn({ path }, 'a kept graph is damaged and is made again');
      return graph;
    } catch (error) {
      if (!isMissing(error)) {
        this.#logger.warn({ path, reason: toError(error).message }, 'a kept graph could not be read and is made again');
      }
      return undefined;
    }
  }

  write(key: string, graph: Uint8Array): void {
    const path = this.#pathOf(key);
    const unfinished = `${path}.${randomUUID()}`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      try {
        writeFileSync(unfinished, encodeGraphFile(graph));
        renameSync(unfinished, path);
      } finally {
        rmSync(unfinished, { force: true });
      }
    } catch (error) {
      const reason = toError(error).message;
      this.#logger.warn({ path, reason }, 'an optimized graph could not be kept: the next start makes it again');
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${key}.graph`);
  }
}
