import {
  createPlacementGroupId,
  InvalidArgumentError,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupRemovedError,
  type Resources,
  toFixedPoint,
} from '../core/index.js';
import type { PlacementGroupUpdate } from '../rpc/index.js';
import type { HeadConnection } from '../runtime/head-connection.js';
import { ensureConnection } from './init.js';

export type PlacementStrategyName = 'PACK' | 'SPREAD' | 'STRICT_PACK' | 'STRICT_SPREAD';

export interface PlacementGroupOptions {
  /** How the bundles lie on the nodes. Default PACK: as few nodes as possible. */
  readonly strategy?: PlacementStrategyName;
  /** For people. */
  readonly name?: string;
}

/** Resources reserved together, all or none: bundles that actors are put into. */
export class PlacementGroup {
  readonly id: PlacementGroupId;
  /** The bundles as they were asked for. */
  readonly bundleSpecs: readonly Resources[];
  readonly #driver: HeadConnection;

  /** @internal */
  constructor(id: PlacementGroupId, bundleSpecs: readonly Resources[], driver: HeadConnection) {
    this.id = id;
    this.bundleSpecs = bundleSpecs;
    this.#driver = driver;
  }

  get bundleCount(): number {
    return this.bundleSpecs.length;
  }

  /**
   * Resolves when every bundle is reserved.
   * @throws {PlacementGroupRemovedError} when the group was removed.
   */
  ready(): Promise<this> {
    return this.#follow(undefined).then(() => this);
  }

  /**
   * Waits for the bundles at most `timeoutMs` (default 30 s, as Ray).
   * @returns false when they are not reserved by then; the group goes on waiting.
   */
  wait(timeoutMs = 30_000): Promise<boolean> {
    return this.#follow(timeoutMs);
  }

  /** The node of each bundle; undefined where one has none yet. */
  get nodeIds(): readonly (NodeId | undefined)[] {
    const update = this.#driver.placementGroupUpdates.latest(this.id);
    return this.bundleSpecs.map((_, index) => (update?.nodeIds[index] || undefined) as NodeId | undefined);
  }

  /** Why the group still waits, with a table per node; empty when it doesn't. */
  get pendingReason(): string {
    const update = this.#driver.placementGroupUpdates.latest(this.id);
    return update?.state === 'PLACEMENT_GROUP_STATE_CREATED' ? '' : (update?.reason ?? '');
  }

  /** Ends the actors in the group and gives its bundles back. Idempotent. */
  async remove(): Promise<void> {
    await this.#driver.head.call('removePlacementGroup', { placementGroupId: this.id }, 20_000);
  }

  #follow(timeoutMs: number | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => settle(() => resolve(false)), timeoutMs);
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        queueMicrotask(() => unsubscribe());
        how();
      };
      const onUpdate = (update: PlacementGroupUpdate): void => {
        if (update.state === 'PLACEMENT_GROUP_STATE_CREATED') settle(() => resolve(true));
        if (update.state === 'PLACEMENT_GROUP_STATE_REMOVED') settle(() => reject(this.#removed(update.reason)));
      };
      const unsubscribe = this.#driver.placementGroupUpdates.subscribe(this.id, onUpdate);
      void this.#driver.lost.then((error) => settle(() => reject(error)));
    });
  }

  #removed(reason: string): PlacementGroupRemovedError {
    return new PlacementGroupRemovedError(`Placement group ${this.id} was removed: ${reason || 'by its owner'}.`);
  }
}

/**
 * Asks for a placement group. Resolves when the head has registered it; `ready()` tells when it is placed.
 *
 *     const group = await ray.placementGroup([{ GPU: 1 }, { GPU: 1 }], { strategy: 'STRICT_PACK' });
 *     await group.ready();
 *
 * @throws {PlacementGroupInfeasibleError} at once when it can never fit, with a table per node of what it wants and has.
 * @throws {InvalidArgumentError} for no bundles, an empty bundle, or an unknown strategy.
 */
export async function placementGroup(
  bundles: readonly Resources[],
  options: PlacementGroupOptions = {},
): Promise<PlacementGroup> {
  const { strategy = 'PACK', name = '' } = options;
  if (!STRATEGIES.includes(strategy)) {
    throw new InvalidArgumentError(
      `Invalid placement group strategy ${strategy}. Supported strategies are: ${STRATEGIES.join(', ')}.`,
    );
  }
  const driver = await ensureConnection();
  const id = createPlacementGroupId();
  await driver.head.call('createPlacementGroup', {
    placementGroupId: id,
    jobId: driver.jobId,
    name,
    strategy: `PLACEMENT_STRATEGY_${strategy}`,
    bundles: bundles.map((bundle) => ({ units: toFixedPoint(bundle) })),
  });
  return new PlacementGroup(id, bundles, driver);
}

/** Ends the actors in the group and gives its bundles back. Idempotent. */
export const removePlacementGroup = (group: PlacementGroup): Promise<void> => group.remove();

const STRATEGIES: readonly PlacementStrategyName[] = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'];
