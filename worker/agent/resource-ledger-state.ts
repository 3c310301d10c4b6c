/**
 * What a node has and who holds it, as a plain record, and the functions that change it. Bundles take from the node;
 * actors take from a bundle, or from the node when they are in no placement group.
 *
 * A bundle's life:  (none) ─► PREPARED ─► COMMITTED ─► RETURNING ─► (none)
 */
import { type ActorId, fits, type PlacementGroupId, type Resources } from '../../src/core/index.js';
import {
  type Allocation,
  chooseAllocation,
  createResourcePool,
  type ResourcePool,
  returnToPool,
  sumPool,
  takeFromPool,
} from '../../src/core/index.js';

/** One bundle of a placement group. */
export interface BundleId {
  readonly placementGroupId: PlacementGroupId;
  readonly bundleIndex: number;
}

export interface BundleEntry extends BundleId {
  /**
   * PREPARED: reserved until the head commits it or the reservation expires. COMMITTED: actors may use it. RETURNING:
   * the head has taken it back, but actors still hold some of it; the node has it again when the last of them is gone.
   */
  readonly state: 'PREPARED' | 'COMMITTED' | 'RETURNING';
  /** What it took from the node; its GPUs stay the same for its whole life. */
  readonly allocation: Allocation;
  /** What its actors have not taken. */
  readonly pool: ResourcePool;
  /** By the caller's clock: when it was last prepared. */
  readonly preparedAtMs: number;
}

export interface ActorEntry {
  readonly actorId: ActorId;
  readonly allocation: Allocation;
  /** Where it took from; undefined for the node itself. */
  readonly bundle: BundleId | undefined;
}

export interface LedgerState {
  readonly total: Resources;
  /** What neither bundles nor actors outside of bundles have taken. */
  readonly pool: ResourcePool;
  /** By {@link bundleKey}. */
  readonly bundles: ReadonlyMap<string, BundleEntry>;
  readonly actors: ReadonlyMap<ActorId, ActorEntry>;
}

/**
 * A ledger that nobody holds anything of.
 * @throws {InvalidArgumentError} as `createResourcePool`.
 */
export function createLedgerState(total: Resources, gpuIds?: readonly string[]): LedgerState {
  return { total, pool: createResourcePool(total, gpuIds), bundles: new Map(), actors: new Map() };
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

/** Opens a prepared bundle to actors; undefined when there is none, because it expired or was returned. Idempotent. */
export function commitBundle(state: LedgerState, id: BundleId): LedgerState | undefined {
  const bundle = state.bundles.get(bundleKey(id));
  if (bundle === undefined || bundle.state === 'RETURNING') return undefined;
  return putBundle(state, { ...bundle, state: 'COMMITTED' });
}

/** Takes a bundle back: at once when no actor is in it, else when the last one is released. Idempotent. */
export function returnBundle(state: LedgerState, id: BundleId): LedgerState {
  const bundle = state.bundles.get(bundleKey(id));
  return bundle === undefined ? state : freeIfEmpty(state, { ...bundle, state: 'RETURNING' });
}

/** Gives an actor some of the node, or of `bundle`; undefined when it does not fit now. */
export function leaseResources(
  state: LedgerState,
  actorId: ActorId,
  request: Resources,
  bundle: BundleEntry | undefined,
): LedgerState | undefined {
  const pool = bundle?.pool ?? state.pool;
  const allocation = chooseAllocation(pool, request);
  if (allocation === undefined) return undefined;
  const rest = takeFromPool(pool, allocation);
  const id = bundle && { placementGroupId: bundle.placementGroupId, bundleIndex: bundle.bundleIndex };
  const leased = { ...state, actors: new Map(state.actors).set(actorId, { actorId, allocation, bundle: id }) };
  return bundle === undefined ? { ...leased, pool: rest } : putBundle(leased, { ...bundle, pool: rest });
}

/** Takes back what an actor holds. Nothing happens when it holds nothing. */
export function releaseActor(state: LedgerState, actorId: ActorId): LedgerState {
  const actor = state.actors.get(actorId);
  if (actor === undefined) return state;
  const actors = new Map(state.actors);
  actors.delete(actorId);
  const released = { ...state, actors };
  if (actor.bundle === undefined) return { ...released, pool: returnToPool(state.pool, actor.allocation) };
  const bundle = state.bundles.get(bundleKey(actor.bundle)) as BundleEntry;
  return freeIfEmpty(released, { ...bundle, pool: returnToPool(bundle.pool, actor.allocation) });
}

/** The committed bundles that an actor of the group may use: the one it names, or for index -1 all, by index. */
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

/** The actors that hold something of a bundle. */
export function actorsInBundle(state: LedgerState, id: BundleId): ActorId[] {
  const key = bundleKey(id);
  return [...state.actors.values()]
    .filter(({ bundle }) => bundle !== undefined && bundleKey(bundle) === key)
    .map(({ actorId }) => actorId);
}

function putBundle(state: LedgerState, bundle: BundleEntry): LedgerState {
  return { ...state, bundles: new Map(state.bundles).set(bundleKey(bundle), bundle) };
}

function freeIfEmpty(state: LedgerState, bundle: BundleEntry): LedgerState {
  if (bundle.state !== 'RETURNING' || actorsInBundle(state, bundle).length > 0) return putBundle(state, bundle);
  const bundles = new Map(state.bundles);
  bundles.delete(bundleKey(bundle));
  return { ...state, bundles, pool: returnToPool(state.pool, bundle.allocation) };
}
