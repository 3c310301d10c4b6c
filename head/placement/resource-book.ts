import {
  addResources,
  chooseAllocation,
  type GpuShare,
  type ResourcePool,
  type Resources,
  returnToPool,
  subtractResources,
  takeFromPool,
  UNITS_PER_GPU,
} from '../../src/core/index.js';
import { totalPool } from './node-snapshot.js';

/** What one holder takes from one pool. */
export interface Hold {
  /** A node or a bundle; see {@link ResourceBook}. */
  readonly poolId: string;
  /** Fixed point. */
  readonly resources: Resources;
  /** The GPUs that it has, once its agent has said so; the book guesses them until then, by the agent's own rule. */
  readonly gpuIds: readonly string[] | undefined;
}

interface Pool {
  total: Resources;
  free: ResourcePool;
  readonly holderIds: Set<string>;
}

interface Entry {
  readonly hold: Hold;
  readonly allocation: ResourcePool;
}

/**
 * Who holds how much of which pool: what is free is known at once, however many holders there are. A pool is a node, or a
 * bundle, which is a holder of its node too. Every change of a holder takes back exactly what the holder took, so that
 * nothing drifts. A hold that the pool has no room for is taken all the same: the pool is overdrawn until somebody leaves.
 */
export class ResourceBook {
  readonly #pools = new Map<string, Pool>();
  readonly #entries = new Map<string, Entry>();

  /** Opens a pool or changes what it has; those who hold something of it go on doing so. */
  setPool(poolId: string, total: Resources, free = totalPool({ total })): void {
    const pool = this.#pools.get(poolId);
    if (pool && isSame(pool.total, total)) return;
    if (!pool) {
      this.#pools.set(poolId, { total, free, holderIds: new Set() });
      return;
    }
    pool.total = total;
    pool.free = free;
    const holders = [...pool.holderIds].map((id) => [id, this.#entries.get(id)!.hold] as const);
    for (const [id] of holders) this.#entries.delete(id);
    for (const [id, hold] of holders) this.hold(id, hold);
  }

  /** Closes a pool; what its holders had of it is gone with it. */
  dropPool(poolId: string): void {
    for (const id of this.#pools.get(poolId)?.holderIds ?? []) this.#entries.delete(id);
    this.#pools.delete(poolId);
  }

  /** Enters what a holder has now, instead of what it had before. Nothing happens when there is no such pool. */
  hold(holderId: string, hold: Hold): void {
    const before = this.#entries.get(holderId)?.hold;
    if (before && isSameHold(before, hold)) return;
    this.release(holderId);
    const pool = this.#pools.get(hold.poolId);
    if (!pool) return;
    const allocation = allocate(pool, hold);
    pool.free = takeFromPool(pool.free, allocation);
    pool.holderIds.add(holderId);
    this.#entries.set(holderId, { hold, allocation });
  }

  /** Idempotent. */
  release(holderId: string): void {
    const entry = this.#entries.get(holderId);
    if (!entry) return;
    this.#entries.delete(holderId);
    const pool = this.#pools.get(entry.hold.poolId);
    if (!pool) return;
    pool.free = returnToPool(pool.free, entry.allocation);
    pool.holderIds.delete(holderId);
  }

  has(poolId: string): boolean {
    return this.#pools.has(poolId);
  }

  /** What nobody holds of a pool; nothing of one that is not there. */
  freeOf(poolId: string): ResourcePool {
    return this.#pools.get(poolId)?.free ?? NOTHING;
  }

  /** What a holder has, with its GPUs one by one; nothing when it holds nothing. */
  allocationOf(holderId: string): ResourcePool {
    return this.#entries.get(holderId)?.allocation ?? NOTHING;
  }

  holdersOf(poolId: string): ReadonlySet<string> {
    return this.#pools.get(poolId)?.holderIds ?? NOBODY;
  }
}

const NOTHING: ResourcePool = { amounts: {}, gpus: [] };
const NOBODY: ReadonlySet<string> = new Set();

function allocate(pool: Pool, { resources, gpuIds }: Hold): ResourcePool {
  const { GPU: units = 0, ...amounts } = resources;
  if (units === 0) return { amounts, gpus: [] };
  if (gpuIds !== undefined && gpuIds.length > 0) {
    nameGpus(pool, gpuIds);
    return { amounts, gpus: gpuIds.map((gpuId) => ({ gpuId, units: units / gpuIds.length })) };
  }
  return { amounts, gpus: chooseAllocation({ ...pool.free, amounts }, resources)?.gpus ?? overdraw(units, pool) };
}

/** Gives GPUs that nobody has had yet the names under which their agent knows them. */
function nameGpus(pool: Pool, gpuIds: readonly string[]): void {
  for (const gpuId of gpuIds) {
    if (pool.free.gpus.some((share) => share.gpuId === gpuId)) continue;
    const unnamed = pool.free.gpus.find((share) => share.units === UNITS_PER_GPU && !gpuIds.includes(share.gpuId));
    if (unnamed === undefined) continue;
    const gpus = pool.free.gpus.map((share) => (share === unnamed ? { gpuId, units: share.units } : share));
    pool.free = { ...pool.free, gpus };
  }
}

/** More than is free: the GPUs with most room give it. */
function overdraw(units: number, { free }: Pool): GpuShare[] {
  const numGpus = Math.max(1, Math.ceil(units / UNITS_PER_GPU));
  const roomiest = [...free.gpus].sort((left, right) => right.units - left.units).slice(0, numGpus);
  return roomiest.map(({ gpuId }) => ({ gpuId, units: units / roomiest.length }));
}

function isSameHold(left: Hold, right: Hold): boolean {
  return (
    left.poolId === right.poolId &&
    isSame(left.resources, right.resources) &&
    (left.gpuIds ?? []).join() === (right.gpuIds ?? []).join()
  );
}

function isSame(left: Resources, right: Resources): boolean {
  return (
    left === right || Object.values(addResources(left, subtractResources({}, right))).every((units) => units === 0)
  );
}
