import { closeSync, fstatSync } from 'node:fs';
import { libc } from './libc.js';

const IDLE_MS = 10_000;
const LOOK_MS = 1_000;
const MAX_MAPPINGS = 16;

/** A shared, writable mapping of a whole file. */
export interface WarmMapping {
  readonly inode: number;
  readonly address: bigint;
  readonly byteLength: number;
  /** Of the mapped file, without a lock. */
  readonly fd: number;
}

/**
 * A process's mappings of object files that it wrote before. The store recycles files of freed objects; a file that comes
 * back to a process which still maps it is written at the speed of a memory copy, a new mapping costs several times that.
 * A mapping keeps the memory of its file, so it goes soon after the store has removed the file, and when it was not used
 * for 10 seconds.
 */
export class WarmMappings {
  /** By inode, the one written last at the end. */
  readonly #entries = new Map<number, { readonly mapping: WarmMapping; readonly usedAtMs: number }>();
  #looking: NodeJS.Timeout | undefined;

  /** Of the files whose mappings are free to be taken, the one written last at the end; at most 16. */
  get inodes(): readonly number[] {
    return [...this.#entries.keys()];
  }

  /** The mapping of that file, if there is one of that size; its taker gives it back. */
  take(inode: number, byteLength: number): WarmMapping | undefined {
    const mapping = this.#entries.get(inode)?.mapping;
    if (mapping === undefined) return undefined;
    this.#entries.delete(inode);
    if (mapping.byteLength === byteLength) return mapping;
    release(mapping);
    return undefined;
  }

  giveBack(mapping: WarmMapping): void {
    this.#entries.set(mapping.inode, { mapping, usedAtMs: performance.now() });
    const [oldest] = this.#entries.values();
    if (this.#entries.size > MAX_MAPPINGS && oldest !== undefined) this.#drop(oldest.mapping);
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  clear(): void {
    for (const { mapping } of this.#entries.values()) this.#drop(mapping);
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #look(): void {
    const latestMs = performance.now() - IDLE_MS;
    for (const { mapping, usedAtMs } of this.#entries.values()) {
      if (usedAtMs < latestMs || fstatSync(mapping.fd).nlink === 0) this.#drop(mapping);
    }
    if (this.#entries.size === 0) this.clear();
  }

  #drop(mapping: WarmMapping): void {
    this.#entries.delete(mapping.inode);
    release(mapping);
  }
}

function release({ address, byteLength, fd }: WarmMapping): void {
  libc().unmap(address, byteLength);
  closeSync(fd);
}
