import {
  type Allocation,
  type Clock,
  chooseAllocation,
  fits,
  type PlacementGroupId,
  type Resources,
  shortId,
  sumPool,
  systemClock,
} from '../../src/core/index.js';
import {
  type BundleEntry,
  type BundleId,
  commitBundle,
  couldHold,
  createLedgerState,
  findBundles,
  type HolderEntry,
  type HolderId,
  heldNow,
  holdersInBundle,
  type LedgerState,
  leaseResources,
  lendCpus,
  prepareBundle,
  releaseHolder,
  renewPrepared,
  returnBundle,
  takeBackCpus,
} from './resource-ledger-state.js';

export type LeaseOutcome =
  | {
      readonly kind: 'leased';
      /** The GPUs that the holder may use, for its CUDA_VISIBLE_DEVICES; none when it asked for none. */
      readonly gpuIds: readonly string[];
      /** The bundle that it is in; undefined outside of placement groups. */
      readonly bundleIndex: number | undefined;
    }
  /** It fits the node or bundle, but others hold too much of it now. */
  | { readonly kind: 'unavailable' }
  /** It can never fit the node, the bundle, or any bundle of the group on this node. */
  | { readonly kind: 'infeasible' }
  /** This node holds no committed bundle of that group and index. */
  | { readonly kind: 'no-bundle' };

/** Somebody who holds resources of the node. */
export interface LedgerHolder {
  readonly kind: 'bundle' | 'actor' | 'lease';
  /** The placement group's, the actor's or the lease's. */
  readonly id: string;
  readonly description: string;
  /** Fixed point. An actor's or lease's in a bundle are part of the bundle's. */
  readonly resources: Resources;
  readonly gpuIds: readonly string[];
}

export interface LedgerSnapshot {
  /** Fixed point. */
  readonly total: Resources;
  /** Fixed point: held by no bundle, and by nobody outside of bundles. */
  readonly available: Resources;
  readonly holders: readonly LedgerHolder[];
}

/** A bundle that is reserved here. */
export interface LedgerBundle extends BundleId {
  readonly isCommitted: boolean;
}

/** What somebody wants to hold. */
export interface HoldRequest {
  readonly kind: 'actor' | 'lease';
  readonly id: HolderId;
  /** Fixed point. */
  readonly resources: Resources;
  /** What must be free besides for it to be taken in, but is not held: fixed point. Default none. */
  readonly placementResources?: Resources;
  /** Where to take from; index -1 is the first bundle of the group with room. Undefined: the node. */
  readonly bundle?: BundleId | undefined;
}

export interface ResourceLedgerOptions {
  /** Fixed point. */
  readonly total: Resources;
  /** One for each GPU in `total`; default "0", "1", … */
  readonly gpuIds?: readonly string[];
  readonly clock?: Clock;
}

/**
 * A node's resources and their holders. Answers at once and does no I/O: whoever starts and kills processes asks it
 * first, and releases a holder only when its process has ended, so that no GPU is given out while it is still in use.
 */
export class ResourceLedger {
  readonly #clock: Clock;
  #state: LedgerState;

  /** @throws {InvalidArgumentError} when the GPU ids don't match the GPUs in `total`. */
  constructor({ total, gpuIds, clock = systemClock }: ResourceLedgerOptions) {
    this.#clock = clock;
    this.#state = createLedgerState(total, gpuIds);
  }

  /** Reserves a bundle with its GPUs; false when it does not fit now. Idempotent. */
  prepareBundle(placementGroupId: PlacementGroupId, bundleIndex: number, resources: Resources): boolean {
    return this.#apply(prepareBundle(this.#state, { placementGroupId, bundleIndex }, resources, this.#clock.now()));
  }

  /** The GPUs of a bundle that is reserved here; they stay the same for its whole life. */
  gpuIdsOfBundle(placementGroupId: PlacementGroupId, bundleIndex: number): readonly string[] {
    const bundle = [...this.#state.bundles.values()].find(
      (entry) => entry.placementGroupId === placementGroupId && entry.bundleIndex === bundleIndex,
    );
    return bundle === undefined ? [] : gpuIdsOf(bundle.allocation);
  }

  /** Opens a reserved bundle; false when it is not reserved (any more). Idempotent. */
  commitBundle(placementGroupId: PlacementGroupId, bundleIndex: number): boolean {
    return this.#apply(commitBundle(this.#state, { placementGroupId, bundleIndex }));
  }

  /**
   * Takes a bundle back; nobody gets more of it. The node has its resources again when the last of those that still hold
   * some is released: they are returned, to be ended. Idempotent.
   */
  returnBundle(placementGroupId: PlacementGroupId, bundleIndex: number): readonly HolderId[] {
    const id = { placementGroupId, bundleIndex };
    this.#state = returnBundle(this.#state, id);
    return holdersInBundle(this.#state, id);
  }

  /** {@link ResourceLedger.returnBundle} of every bundle of the group. */
  returnBundles(placementGroupId: PlacementGroupId): readonly HolderId[] {
    const bundles = [...this.#state.bundles.values()].filter((bundle) => bundle.placementGroupId === placementGroupId);
    return bundles.flatMap(({ bundleIndex }) => this.returnBundle(placementGroupId, bundleIndex));
  }

  /** Bundles that were prepared at least `ageMs` ago and never committed: the head that asked for them is likely gone. */
  listExpiredBundles(ageMs: number): readonly BundleId[] {
    const latest = this.#clock.now() - ageMs;
    return [...this.#state.bundles.values()]
      .filter(({ state, preparedAtMs }) => state === 'PREPARED' && preparedAtMs <= latest)
      .map(({ placementGroupId, bundleIndex }) => ({ placementGroupId, bundleIndex }));
  }

  /** Starts that age anew: the time that the head was away does not count against it. */
  renewPreparedBundles(): void {
    this.#state = renewPrepared(this.#state, this.#clock.now());
  }

  /** Gives a holder what it asks for. Asking again for one that holds something returns that. */
  lease(request: HoldRequest): LeaseOutcome {
    const existing = this.#state.holders.get(request.id);
    if (existing !== undefined) return describeLease(existing);
    if (request.bundle !== undefined) return this.#leaseFromBundle(request, findBundles(this.#state, request.bundle));
    if (!fits(request.resources, this.#state.total)) return { kind: 'infeasible' };
    return this.#lease(request, undefined) ?? { kind: 'unavailable' };
  }

  /** Its CPUs are free for others while the holder waits for them. @returns what it holds now; undefined for nobody. */
  lendCpus(id: HolderId): Resources | undefined {
    this.#state = lendCpus(this.#state, id);
    return this.#heldBy(id);
  }

  /** The holder goes on, even if others have its CPUs now. @returns what it holds now; undefined for nobody. */
  takeBackCpus(id: HolderId): Resources | undefined {
    this.#state = takeBackCpus(this.#state, id);
    return this.#heldBy(id);
  }

  /** Takes back what somebody holds; call it when the process has ended. Idempotent. */
  release(id: HolderId): void {
    this.#state = releaseHolder(this.#state, id);
  }

  /** The bundles that are reserved here. */
  bundles(): readonly LedgerBundle[] {
    return [...this.#state.bundles.values()]
      .filter(({ state }) => state !== 'RETURNING')
      .map(({ placementGroupId, bundleIndex, state }) => ({
        placementGroupId,
        bundleIndex,
        isCommitted: state === 'COMMITTED',
      }));
  }

  /** The ledger as it is now, for people. */
  snapshot(): LedgerSnapshot {
    const { total, pool, bundles, holders } = this.#state;
    return {
      total,
      available: sumPool(pool),
      holders: [...[...bundles.values()].map(describeBundle), ...[...holders.values()].map(describeHolder)],
    };
  }

  #heldBy(id: HolderId): Resources | undefined {
    const holder = this.#state.holders.get(id);
    return holder && heldNow(holder);
  }

  #leaseFromBundle(request: HoldRequest, bundles: readonly BundleEntry[]): LeaseOutcome {
    if (bundles.length === 0) return { kind: 'no-bundle' };
    for (const bundle of bundles) {
      const lease = this.#lease(request, bundle);
      if (lease !== undefined) return lease;
    }
    return { kind: bundles.some((bundle) => couldHold(bundle, request.resources)) ? 'unavailable' : 'infeasible' };
  }

  #lease(request: HoldRequest, bundle: BundleEntry | undefined): LeaseOutcome | undefined {
    const { kind, id, resources, placementResources = {} } = request;
    if (chooseAllocation(bundle?.pool ?? this.#state.pool, placementResources) === undefined) return undefined;
    if (!this.#apply(leaseResources(this.#state, { kind, id }, resources, bundle))) return undefined;
    return describeLease(this.#state.holders.get(id) as HolderEntry);
  }

  #apply(next: LedgerState | undefined): boolean {
    this.#state = next ?? this.#state;
    return next !== undefined;
  }
}

function describeLease({ allocation, bundle }: HolderEntry): LeaseOutcome {
  return { kind: 'leased', gpuIds: gpuIdsOf(allocation), bundleIndex: bundle?.bundleIndex };
}

function describeBundle(bundle: BundleEntry): LedgerHolder {
  const { placementGroupId, bundleIndex, allocation, state } = bundle;
  return {
    kind: 'bundle',
    id: placementGroupId,
    description: `bundle ${bundleIndex} of placement group ${shortId(placementGroupId)} (${state})`,
    resources: sumPool(allocation),
    gpuIds: gpuIdsOf(allocation),
  };
}

function describeHolder(holder: HolderEntry): LedgerHolder {
  const { kind, id, allocation, bundle } = holder;
  const place = bundle ? ` in bundle ${bundle.bundleIndex} of placement group ${shortId(bundle.placementGroupId)}` : '';
  return {
    kind,
    id,
    description: `${kind} ${shortId(id)}${place}`,
    resources: heldNow(holder),
    gpuIds: gpuIdsOf(allocation),
  };
}

const gpuIdsOf = (allocation: Allocation): string[] => allocation.gpus.map(({ gpuId }) => gpuId);
