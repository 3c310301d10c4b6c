/**
 * What a node has and who holds it, as a plain record, and the functions that change it. Bundles take from the node;
 * actors and the leases of tasks take from a bundle, or from the node when they are in no placement group.
 *
 * A bundle's life:  (none) ─► PREPARED ─► COMMITTED ─► RETURNING ─► (none)
 */
import {
  type ActorId,
  type Allocation,
  chooseAllocation,
  createResourcePool,
  fits,
  type LeaseId,
  type PlacementGroupId,
  type ResourcePool,
  type Resources,
  returnToPool,
  sumPool,
  takeFromPool,
} from '../../src/core/index.js';

/** An actor, or a lease of a worker for tasks. */
export type HolderId = ActorId | LeaseId;

/** One bundle of a placement group. */
export interface BundleId {
  readonly placementGroupId: PlacementGroupId;
  readonly bundleIndex: number;
}

export interface BundleEntry extends BundleId {
  /**
   * PREPARED: reserved until the head commits it or the reservation expires. COMMITTED: actors and tasks may use it.
   * RETURNING: the head has taken it back, but some still hold a part of it; the node has it again when the last of them is gone.
   */
  readonly state: 'PREPARED' | 'COMMITTED' | 'RETURNING';
  /** What it took from the node; its GPUs stay the same for its whole life. */
  readonly allocation: Allocation;
  /** What nobody has taken of it. */
  readonly pool: ResourcePool;
  /** By the caller's clock: when it was last prepared. */
  readonly preparedAtMs: number;
}

export interface HolderEntry {
  readonly kind: 'actor' | 'lease';
  readonly id: HolderId;
  readonly allocation: Allocation;
  /** The CPUs of `allocation` that it has given back for the time that it waits for others; fixed point. */
  readonly lent: number;
  /** Where it took from; undefined for the node itself. */
  readonly bundle: BundleId | undefined;
}

export interface LedgerState {
  readonly total: Resources;
  /** What neither bundles nor holders outside of bundles have taken; CPUs may be below 0 for a time, see {@link takeBackCpus}. */
  readonly pool: ResourcePool;
  /** By {@link bundleKey}. */
  readonly bundles: ReadonlyMap<string, BundleEntry>;
  readonly holders: ReadonlyMap<HolderId, HolderEntry>;
}

/**
 * A ledger that nobody holds anything of.
 * @throws {InvalidArgumentError} as `createResourcePool`.
 */
export function createLedgerState(total: Resources, gpuIds?: readonly string[]): LedgerState {
  return { total, pool: createResourcePool(total, gpuIds), bundles: new Map(), holders: new Map() };
}

/** The key of a bundle in {@link LedgerState.bundles}. */
function bundleKey({ placementGroupId, bundleIndex }: BundleId): string {
  return `${placementGroupId}:${bundleIndex}`;
}

/**
 * Reserves a bundle and chooses its GPUs. A bundle that is there already stays as it is, with a new `preparedAtMs` if it
 * is still PREPARED.
 *
 * @returns undefined when it does not fit now, or an earlier bundle of that name is still RETURNING.
 */
export function prepareBundle(
  state: LedgerState,
  id: BundleId,
  resources: Resources,
  nowMs: number,
): LedgerState | undefined {
  const existing = state.bundles.get(bundleKey(id));
  if (existing?.state === 'RETURNING') return undefined;
  if (existing?.state === 'COMMITTED') return state;
  if (existing !== undefined) return putBundle(state, { ...existing, preparedAtMs: nowMs });
  const allocation = chooseAllocation(state.pool, resources);
  if (allocation === undefined) return undefined;
  const { placementGroupId, bundleIndex } = id;
  const taken = { ...state, pool: takeFromPool(state.pool, allocation) };
  return putBundle(taken, {
    placementGroupId,
    bundleIndex,
    state: 'PREPARED',
    allocation,
    pool: allocation,
    preparedAtMs: nowMs,
  });
}

/** Opens a prepared bundle to actors and tasks; undefined when there is none, because it expired or was returned. Idempotent. */
export function commitBundle(state: LedgerState, id: BundleId): LedgerState | undefined {
  const bundle = state.bundles.get(bundleKey(id));
  if (bundle === undefined || bundle.state === 'RETURNING') return undefined;
  return putBundle(state, { ...bundle, state: 'COMMITTED' });
}

/** Takes a bundle back: at once when nobody is in it, else when the last holder is released. Idempotent. */
export function returnBundle(state: LedgerState, id: BundleId): LedgerState {
  const bundle = state.bundles.get(bundleKey(id));
  return bundle === undefined ? state : freeIfEmpty(state, { ...bundle, state: 'RETURNING' });
}

/** Gives a holder some of the node, or of `bundle`; undefined when it does not fit now. */
export function leaseResources(
  state: LedgerState,
  holder: Pick<HolderEntry, 'kind' | 'id'>,
  request: Resources,
  bundle: BundleEntry | undefined,
): LedgerState | undefined {
  const pool = bundle?.pool ?? state.pool;
  const allocation = chooseAllocation(pool, request);
  if (allocation === undefined) return undefined;
  const rest = takeFromPool(pool, allocation);
  const id = bundle && { placementGroupId: bundle.placementGroupId, bundleIndex: bundle.bundleIndex };
  const holders = new Map(state.holders).set(holder.id, { ...holder, allocation, lent: 0, bundle: id });
  const leased = { ...state, holders };
  return bundle === undefined ? { ...leased, pool: rest } : putBundle(leased, { ...bundle, pool: rest });
}

/**
 * A holder that waits for others gives its CPUs back until it goes on. Nothing happens when it has, or holds none.
 * @source Ray: a worker that blocks in ray.get releases its CPUs, and keeps all else.
 */
export function lendCpus(state: LedgerState, id: HolderId): LedgerState {
  const holder = state.holders.get(id);
  if (holder === undefined || holder.lent > 0) return state;
  const lent = holder.allocation.amounts['CPU'] ?? 0;
  return returnTo(putHolder(state, { ...holder, lent }), holder.bundle, cpusOnly(lent));
}

/** The opposite of {@link lendCpus}. Others may have the CPUs by now: then more run than there are, for a time, as in Ray. */
export function takeBackCpus(state: LedgerState, id: HolderId): LedgerState {
  const holder = state.holders.get(id);
  if (holder === undefined || holder.lent === 0) return state;
  return returnTo(putHolder(state, { ...holder, lent: 0 }), holder.bundle, cpusOnly(-holder.lent));
}

/** What a holder has now: its lease without the CPUs that it has lent. */
export function heldNow({ allocation, lent }: HolderEntry): Resources {
  const { CPU: cpus = 0, ...rest } = sumPool(allocation);
  return cpus > lent ? { ...rest, CPU: cpus - lent } : rest;
}

/** Takes back what a holder has. Nothing happens when it has nothing. */
export function releaseHolder(state: LedgerState, id: HolderId): LedgerState {
  const holder = state.holders.get(id);
  if (holder === undefined) return state;
  const holders = new Map(state.holders);
  holders.delete(id);
  const back = takeFromPool(holder.allocation, cpusOnly(holder.lent));
  return returnTo({ ...state, holders }, holder.bundle, back);
}

/** The committed bundles that an actor or task of the group may use: the one it names, or for index -1 all, by index. */
export function findBundles(state: LedgerState, { placementGroupId, bundleIndex }: BundleId): BundleEntry[] {
  return [...state.bundles.values()]
    .filter((bundle) => bundle.state === 'COMMITTED' && bundle.placementGroupId === placementGroupId)
    .filter((bundle) => bundleIndex === -1 || bundle.bundleIndex === bundleIndex)
    .sort((left, right) => left.bundleIndex - right.bundleIndex);
}

/** True when the bundle, were it empty, would hold the request. */
export function couldHold(bundle: BundleEntry, request: Resources): boolean {
  return fits(request, sumPool(bundle.allocation));
}

/** Those that hold something of a bundle. */
export function holdersInBundle(state: LedgerState, id: BundleId): HolderId[] {
  const key = bundleKey(id);
  return [...state.holders.values()]
    .filter(({ bundle }) => bundle !== undefined && bundleKey(bundle) === key)
    .map((holder) => holder.id);
}

/** Starts the expiry of every prepared bundle again. */
export function renewPrepared(state: LedgerState, nowMs: number): LedgerState {
  const renewed = [...state.bundles].map(([key, bundle]): [string, BundleEntry] =>
    bundle.state === 'PREPARED' ? [key, { ...bundle, preparedAtMs: nowMs }] : [key, bundle],
  );
  return { ...state, bundles: new Map(renewed) };
}

const cpusOnly = (units: number): Allocation => ({ amounts: units === 0 ? {} : { CPU: units }, gpus: [] });

function putHolder(state: LedgerState, holder: HolderEntry): LedgerState {
  return { ...state, holders: new Map(state.holders).set(holder.id, holder) };
}

/** Gives an allocation back to where it came from. */
function returnTo(state: LedgerState, id: BundleId | undefined, allocation: Allocation): LedgerState {
  if (id === undefined) return { ...state, pool: returnToPool(state.pool, allocation) };
  const bundle = state.bundles.get(bundleKey(id)) as BundleEntry;
  return freeIfEmpty(state, { ...bundle, pool: returnToPool(bundle.pool, allocation) });
}

function putBundle(state: LedgerState, bundle: BundleEntry): LedgerState {
  return { ...state, bundles: new Map(state.bundles).set(bundleKey(bundle), bundle) };
}

function freeIfEmpty(state: LedgerState, bundle: BundleEntry): LedgerState {
  if (bundle.state !== 'RETURNING' || holdersInBundle(state, bundle).length > 0) return putBundle(state, bundle);
  const bundles = new Map(state.bundles);
  bundles.delete(bundleKey(bundle));
  return { ...state, bundles, pool: returnToPool(state.pool, bundle.allocation) };
}
