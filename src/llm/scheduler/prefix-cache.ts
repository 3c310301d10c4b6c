/** What the KV cache holds in one slot, as far as it is known by hashes; of a sequence that runs or that has ended. */
export interface Resident {
  slot: number;
  /** Of the slot's first blocks; every one of them is computed by a step that was already planned. */
  readonly blockHashes: string[];
  /** Orders the residents by their last use; higher is later. */
  lastUsed: number;
}

/** The longest known prefix of a request. */
export interface PrefixHit {
  readonly resident: Resident;
  readonly numBlocks: number;
}

/**
 * Knows which slots hold which prefixes. A sequence that ends leaves its whole blocks behind: its resident is idle until
 * a sequence takes it over or its blocks, from the last on, are wanted elsewhere. Records only; nothing is copied here.
 */
export class PrefixCache {
  readonly #idle = new Map<number, Resident>();
  readonly #holders = new Map<string, Set<Resident>>();
  #numUses = 0;
  #numIdleBlocks = 0;

  /** Blocks that only ended sequences hold. */
  get numIdleBlocks(): number {
    return this.#numIdleBlocks;
  }

  /** The residents of ended sequences. */
  get idle(): readonly Resident[] {
    return [...this.#idle.values()];
  }

  idleAt(slot: number): Resident | undefined {
    return this.#idle.get(slot);
  }

  /** Of residents that hold equally much, the idle one in `preferredSlot` wins: it can be used where it is. */
  find(blockHashes: readonly string[], preferredSlot: number): PrefixHit | undefined {
    const firstUnknown = blockHashes.findIndex((hash) => !this.#holders.has(hash));
    const numBlocks = firstUnknown === -1 ? blockHashes.length : firstUnknown;
    if (numBlocks === 0) return undefined;
    const holders = this.#holders.get(blockHashes[numBlocks - 1]!)!;
    const preferred = this.#idle.get(preferredSlot);
    const resident = preferred !== undefined && holders.has(preferred) ? preferred : [...holders][0]!;
    return { resident, numBlocks };
  }

  /** The resident holds the blocks of `blockHashes` up to `numBlocks` from now on. */
  extend(resident: Resident, blockHashes: readonly string[], numBlocks: number): void {
    for (let block = resident.blockHashes.length; block < numBlocks; block++) {
      const hash = blockHashes[block]!;
      resident.blockHashes.push(hash);
      const holders = this.#holders.get(hash);
      if (holders === undefined) this.#holders.set(hash, new Set([resident]));
      else holders.add(resident);
    }
  }

  /** The resident is the most recently used. */
  touch(resident: Resident): void {
    resident.lastUsed = ++this.#numUses;
  }

  /** The resident's sequence ended. What another holds as well, or has no whole block, is not kept. */
  retire(resident: Resident): void {
    const holders = this.#holders.get(resident.blockHashes.at(-1) ?? '');
    const other = [...(holders ?? [])].find((holder) => holder !== resident);
    this.touch(other ?? resident);
    if (holders === undefined || other !== undefined) {
      this.#forgetFrom(resident, 0);
      return;
    }
    this.#idle.set(resident.slot, resident);
    this.#numIdleBlocks += resident.blockHashes.length;
  }

  /** A sequence takes the idle resident over where it is, with its first `numBlocks` blocks. */
  adopt(resident: Resident, numBlocks: number): void {
    this.trim(resident, numBlocks);
    this.#idle.delete(resident.slot);
    this.#numIdleBlocks -= numBlocks;
    this.touch(resident);
  }

  /** The idle resident's blocks are copied to an empty slot; the old one is empty then. */
  relocate(resident: Resident, slot: number): void {
    this.#idle.delete(resident.slot);
    resident.slot = slot;
    this.#idle.set(slot, resident);
  }

  /** The idle resident keeps its first `numBlocks` blocks; with none its slot is empty. */
  trim(resident: Resident, numBlocks: number): void {
    this.#numIdleBlocks -= resident.blockHashes.length - numBlocks;
    this.#forgetFrom(resident, numBlocks);
    if (numBlocks === 0) this.#idle.delete(resident.slot);
  }

  /** Gives up this many idle blocks or more than there are: the last ones of those that were used least recently. */
  evict(numBlocks: number): void {
    let missing = numBlocks;
    for (const resident of this.idle.toSorted((left, right) => left.lastUsed - right.lastUsed)) {
      if (missing <= 0) return;
      const numHeld = resident.blockHashes.length;
      this.trim(resident, Math.max(0, numHeld - missing));
      missing -= numHeld;
    }
  }

  #forgetFrom(resident: Resident, numBlocks: number): void {
    for (const hash of resident.blockHashes.splice(numBlocks)) {
      const holders = this.#holders.get(hash)!;
      holders.delete(resident);
      if (holders.size === 0) this.#holders.delete(hash);
    }
  }
}
