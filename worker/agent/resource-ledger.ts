import {
  type ActorId,
  type Clock,
  fits,
  type PlacementGroupId,
  type Resources,
  shortId,
  systemClock,
} from '../../src/core/index.js';
import {
  type ActorEntry,
  actorsInBundle,
  type BundleEntry,
  type BundleId,
  commitBundle,
  couldHold,
  createLedgerState,
  findBundles,
  type LedgerState,
  leaseResources,
  prepareBundle,
  releaseActor,
  returnBundle,
} from './resource-ledger-state.js';
import { type Allocation, sumPool } from '../../src/core/index.js';

export type LeaseOutcome =
  | {
      readonly kind: 'leased';
      /** The GPUs that the actor may use, for its CUDA_VISIBLE_DEVICES; none when it asked for none. */
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
  readonly kind: 'bundle' | 'actor';
  /** The placement group's or the actor's. */
  readonly id: string;
  readonly description: string;
  /** Fixed point. An actor's in a bundle are part of the bundle's. */
  readonly resources: Resources;
  readonly gpuIds: readonly string[];
}

export interface LedgerSnapshot {
  /** Fixed point. */
  readonly total: Resources;
  /** Fixed point: held by no bundle, and by no actor outside of bundles. */
  readonly available: Resources;
  readonly holders: readonly LedgerHolder[];
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
 * first, and releases an actor only when its process has ended, so that no GPU is given out while it is still in use.
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

  /** Opens a reserved bundle to actors; false when it is not reserved (any more). Idempotent. */
  commitBundle(placementGroupId: PlacementGroupId, bundleIndex: number): boolean {
    return this.#apply(commitBundle(this.#state, { placementGroupId, bundleIndex }));
  }

  /**
   * Takes a bundle back; its actors get nothing more. The node has its resources again when the last of the actors that
   * still hold some is released: those are returned, to be killed. Idempotent.
   */
  returnBundle(placementGroupId: PlacementGroupId, bundleIndex: number): readonly ActorId[] {
    const id = { placementGroupId, bundleIndex };
    this.#state = returnBundle(this.#state, id);
    return actorsInBundle(this.#state, id);
  }

  /** {@link ResourceLedger.returnBundle} of every bundle of the group. */
  returnBundles(placementGroupId: PlacementGroupId): readonly ActorId[] {
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

  /**
   * Gives an actor what it asks for. Asking again for an actor that holds a lease returns that lease.
   *
   * @param resources in fixed point.
   * @param bundle where to take from; index -1 is the first bundle of the group with room. Undefined: the node.
   */
  leaseForActor(actorId: ActorId, resources: Resources, bundle: BundleId | undefined): LeaseOutcome {
    const existing = this.#state.actors.get(actorId);
    if (existing !== undefined) return describeLease(existing);
    if (bundle !== undefined) return this.#leaseFromBundle(actorId, resources, findBundles(this.#state, bundle));
    if (!fits(resources, this.#state.total)) return { kind: 'infeasible' };
    return this.#lease(actorId, resources, undefined) ?? { kind: 'unavailable' };
  }

  /** Takes back what an actor holds; call it when its process has ended. Idempotent. */
  releaseActor(actorId: ActorId): void {
    this.#state = releaseActor(this.#state, actorId);
  }

  /** The ledger as it is now, for heartbeats and for people. */
  snapshot(): LedgerSnapshot {
    const { total, pool, bundles, actors } = this.#state;
    return {
      total,
      available: sumPool(pool),
      holders: [...[...bundles.values()].map(describeBundle), ...[...actors.values()].map(describeActor)],
    };
  }

  #leaseFromBundle(actorId: ActorId, resources: Resources, bundles: readonly BundleEntry[]): LeaseOutcome {
    if (bundles.length === 0) return { kind: 'no-bundle' };
    for (const bundle of bundles) {
      const lease = this.#lease(actorId, resources, bundle);
      if (lease !== undefined) return lease;
    }
    return { kind: bundles.some((bundle) => couldHold(bundle, resources)) ? 'unavailable' : 'infeasible' };
  }

  #lease(actorId: ActorId, resources: Resources, bundle: BundleEntry | undefined): LeaseOutcome | undefined {
    if (!this.#apply(leaseResources(this.#state, actorId, resources, bundle))) return undefined;
    return describeLease(this.#state.actors.get(actorId) as ActorEntry);
  }

  #apply(next: LedgerState | undefined): boolean {
    this.#state = next ?? this.#state;
    return next !== undefined;
  }
}

function describeLease({ allocation, bundle }: ActorEntry): LeaseOutcome {
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

function describeActor({ actorId, allocation, bundle }: ActorEntry): LedgerHolder {
  const place = bundle ? ` in bundle ${bundle.bundleIndex} of placement group ${shortId(bundle.placementGroupId)}` : '';
  return {
    kind: 'actor',
    id: actorId,
    description: `actor ${shortId(actorId)}${place}`,
    resources: sumPool(allocation),
    gpuIds: gpuIdsOf(allocation),
  };
}

const gpuIdsOf = (allocation: Allocation): string[] => allocation.gpus.map(({ gpuId }) => gpuId);
