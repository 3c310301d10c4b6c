import type { SlotMove, SlotTrim } from '../step-plan.js';
import { extendBlockHashes } from './block-hashes.js';
import { BLOCK_SIZE, KvBlockAccounting } from './kv-block-accounting.js';
import { type Lane, slotOf } from './lane.js';
import { PrefixCache, type PrefixHit, type Resident } from './prefix-cache.js';
import type { Request } from './request.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { SlotBacking } from './slot-backing.js';

type KvConfig = Pick<SchedulerConfig, 'numBlocks' | 'numLanes' | 'slotsPerLane' | 'enablePrefixCaching'>;

/**
 * The KV cache as the scheduler sees it: who has how many blocks, which slots hold which prefixes, and which slots are
 * backed by memory. Blocks of ended sequences count as free, and are given up when a running one needs them.
 */
export class KvManager {
  readonly blocks: KvBlockAccounting;
  readonly prefixes = new PrefixCache();
  readonly backing: SlotBacking;
  readonly #config: KvConfig;

  constructor(config: KvConfig) {
    this.#config = config;
    this.blocks = new KvBlockAccounting(config.numBlocks);
    this.backing = new SlotBacking(config.numLanes * config.slotsPerLane, config.numBlocks);
  }

  /** Makes sure that the request has room for `numTokens` tokens; false, changing nothing, when there is not enough. */
  tryReserve(requestId: string, numTokens: number): boolean {
    if (!this.blocks.tryReserve(requestId, numTokens)) return false;
    this.prefixes.evict(this.prefixes.numIdleBlocks - this.blocks.numFreeBlocks);
    return true;
  }

  /** The longest prefix that is in the cache, short of the last token: that one is computed, for its logits. */
  findPrefix(request: Request, slot: number): PrefixHit | undefined {
    if (!this.#config.enablePrefixCaching || request.skipsPrefixCache) return undefined;
    const { blockHashes, tokenIds, cacheSalt } = request;
    extendBlockHashes(blockHashes, tokenIds, cacheSalt);
    return this.prefixes.find(blockHashes.slice(0, Math.floor((tokenIds.length - 1) / BLOCK_SIZE)), slot);
  }

  /** How many tokens a hit saves. */
  tokensOf(hit: PrefixHit | undefined): number {
    return (hit?.numBlocks ?? 0) * BLOCK_SIZE;
  }

  /**
   * The request enters the lane behind its last sequence. What an ended sequence left there is taken over when it is the
   * prefix that was found, otherwise moved out of the way; a prefix in another slot is copied.
   */
  enter(request: Request, lane: Lane, hit: PrefixHit | undefined): SlotMove[] {
    const slot = slotOf(lane, lane.sequences.length);
    lane.sequences.push(request);
    request.numComputedTokens = this.tokensOf(hit);
    if (hit !== undefined && hit.resident === this.prefixes.idleAt(slot)) {
      this.prefixes.adopt(hit.resident, hit.numBlocks);
      request.resident = hit.resident;
      return [];
    }
    request.resident = { slot, blockHashes: [], lastUsed: 0 };
    if (hit === undefined) return this.clearSlot(lane, slot);
    // The prefix used last, it is not the one that makes way.
    this.prefixes.touch(hit.resident);
    const moves = this.clearSlot(lane, slot);
    return [...moves, { from: hit.resident.slot, to: slot, numTokens: request.numComputedTokens }];
  }

  /** Moves what an ended sequence left in `slot` to a slot behind the lane's sequences, or gives the older one up. */
  clearSlot(lane: Lane, slot: number): SlotMove[] {
    const { prefixes } = this;
    const resident = prefixes.idleAt(slot);
    if (resident === undefined) return [];
    const to = this.#slotForIdle(lane, resident);
    const displaced = to === undefined ? resident : prefixes.idleAt(to);
    if (displaced !== undefined) prefixes.trim(displaced, 0);
    if (to === undefined) return [];
    prefixes.relocate(resident, to);
    return [{ from: slot, to, numTokens: resident.blockHashes.length * BLOCK_SIZE }];
  }

  /** After a step was planned: what it computes of the request can be found by others. */
  holdComputed(request: Request): void {
    if (!this.#config.enablePrefixCaching) return;
    const numBlocks = Math.floor(request.numComputedTokens / BLOCK_SIZE);
    if (numBlocks === request.resident!.blockHashes.length) return;
    extendBlockHashes(request.blockHashes, request.tokenIds, request.cacheSalt);
    this.prefixes.extend(request.resident!, request.blockHashes, numBlocks);
  }

  /** The request leaves its slot and its blocks; its whole blocks stay as a prefix. */
  release(request: Request): void {
    this.blocks.release(request.requestId);
    if (request.resident !== undefined) this.prefixes.retire(request.resident);
    request.resident = undefined;
  }

  /** Notes what a step writes and returns what memory it gives back. @param running of all lanes. */
  backStep(running: readonly Request[], moves: readonly SlotMove[]): SlotTrim[] {
    const blocksOfSlot = new Map(
      running.map(({ requestId, resident }) => [resident!.slot, this.blocks.blocksOf(requestId)]),
    );
    for (const { to, numTokens } of moves) this.backing.cover(to, Math.ceil(numTokens / BLOCK_SIZE));
    for (const [slot, numBlocks] of blocksOfSlot) this.backing.cover(slot, numBlocks);
    return this.backing.trim((slot) => blocksOfSlot.get(slot) ?? this.prefixes.idleAt(slot)?.blockHashes.length ?? 0);
  }

  /** The last empty slot behind the lane's sequences, else that of the prefix used least recently, if older. */
  #slotForIdle(lane: Lane, resident: Resident): number | undefined {
    const numBehind = this.#config.slotsPerLane - lane.sequences.length;
    const slots = Array.from({ length: numBehind }, (_, index) => slotOf(lane, lane.sequences.length + index));
    const empty = slots.findLast((slot) => slot !== resident.slot && this.prefixes.idleAt(slot) === undefined);
    if (empty !== undefined) return empty;
    return slots
      .map((slot) => this.prefixes.idleAt(slot)!)
      .filter((other) => other.lastUsed < resident.lastUsed)
      .sort((left, right) => left.lastUsed - right.lastUsed)[0]?.slot;
  }
}
