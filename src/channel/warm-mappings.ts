import { libc } from './libc.js';

/** A mapping is dropped when nothing was written through it for this long: it keeps the memory of a removed file. */
const IDLE_MS = 10_000;
const MAX_MAPPINGS = 16;

/** A shared, writable mapping of a whole file, known by the file's inode. */
export interface WarmMapping {
  readonly inode: number;
  readonly address: bigint;
  readonly byteLength: number;
}

/**
 * A process's mappings of object files that it wrote before. The store recycles files of freed objects; a file that comes
 * back to a process which still maps it is written at the speed of a memory copy, a new mapping costs several times that.
 */
export class WarmMappings {
  /** By inode, the one written last at the end. */
  readonly #mappings = new Map<number, WarmMapping>();
  #expiry: NodeJS.Timeout | undefined;

  /** The mapping of that file, if there is one of that size; its taker gives it back. */
  take(inode: number, byteLength: number): WarmMapping | undefined {
    const mapping = this.#mappings.get(inode);
    if (mapping === undefined) return undefined;
    this.#mappings.delete(inode);
    if (mapping.byteLength === byteLength) return mapping;
    unmap(mapping);
    return undefined;
  }

  giveBack(mapping: WarmMapping): void {
    this.#mappings.set(mapping.inode, mapping);
    const [oldest] = this.#mappings.values();
    if (this.#mappings.size > MAX_MAPPINGS && oldest !== undefined) {
      this.#mappings.delete(oldest.inode);
      unmap(oldest);
    }
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.clear(), IDLE_MS).unref();
  }

  clear(): void {
    clearTimeout(this.#expiry);
    for (const mapping of this.#mappings.values()) unmap(mapping);
    this.#mappings.clear();
  }
}

const unmap = ({ address, byteLength }: WarmMapping): void => libc().unmap(address, byteLength);
