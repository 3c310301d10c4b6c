import {
  createPlacementGroupId,
  fromFixedPoint,
  InvalidArgumentError,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupRemovedError,
  type Resources,
  shortId,
} from '../core/index.js';
import type { Draft, GetPlacementGroupRequest, PlacementGroupUpdate } from '../rpc/index.js';
import type { HeadConnection } from '../runtime/head-connection.js';
import { ensureConnection } from './init.js';
import { PendingNotice } from './pending-notice.js';
import { type PlacementGroupOptions, toGroupRequest } from './placement-group-options.js';
import { surroundingPlacementGroup } from './scheduling-options.js';

/** The head may be away for a while; what is asked of it then is done when it is back. */
const REQUEST_DEADLINE_MS = 60_000;

/** Resources reserved together, all or none: bundles that actors and tasks are put into. */
export class PlacementGroup {
  readonly id: PlacementGroupId;
  /** The bundles as they were asked for. */
  readonly bundleSpecs: readonly Resources[];
  readonly #worker: HeadConnection;

  /** @internal */
  constructor(id: PlacementGroupId, bundleSpecs: readonly Resources[], worker: HeadConnection) {
    this.id = id;
    this.bundleSpecs = bundleSpecs;
    this.#worker = worker;
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
   * @returns false when they are not reserved by then; the group goes on waiting, and `pendingReason` says why.
   * @throws {PlacementGroupRemovedError} when the group was removed.
   */
  async wait(timeoutMs = 30_000): Promise<boolean> {
    const isPlaced = await this.#follow(timeoutMs);
    if (!isPlaced) await this.#refresh();
    return isPlaced;
  }

  /** The node of each bundle; undefined where one has none yet. */
  get nodeIds(): readonly (NodeId | undefined)[] {
    const update = this.#worker.placementGroupUpdates.latest(this.id);
    return this.bundleSpecs.map((_, index) => (update?.nodeIds[index] || undefined) as NodeId | undefined);
  }

  /** Why the group still waits, with a table per node, as far as is known here; empty when it doesn't. */
  get pendingReason(): string {
    const update = this.#worker.placementGroupUpdates.latest(this.id);
    return update?.state === 'PLACEMENT_GROUP_STATE_CREATED' ? '' : (update?.reason ?? '');
  }

  /** Ends the actors and tasks in the group and gives its bundles back. Idempotent. */
  async remove(): Promise<void> {
    await this.#worker.head.call('removePlacementGroup', { placementGroupId: this.id }, REQUEST_DEADLINE_MS);
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
      const unsubscribe = this.#worker.placementGroupUpdates.subscribe(this.id, onUpdate);
      void this.#worker.lost.then((error) => settle(() => reject(error)));
    });
  }

  /** Asks for the reason, which the head tells by itself only after a while. */
  async #refresh(): Promise<void> {
    const query = { placementGroupId: this.id };
    const { placementGroup } = await this.#worker.head.call('getPlacementGroup', query, REQUEST_DEADLINE_MS);
    if (placementGroup) this.#worker.placementGroupUpdates.publish(this.id, placementGroup);
  }

  #removed(reason: string): PlacementGroupRemovedError {
    return new PlacementGroupRemovedError(`Placement group ${this.id} was removed: ${reason || 'by its owner'}.`);
  }
}

/**
 * Asks for a placement group. Resolves when the head has registered it; `ready()` tells when it is placed. If that takes
 * more than 5 s, standard error says why, and again when the reason changes.
 *
 *     const group = await ray.placementGroup([{ GPU: 1 }, { GPU: 1 }], { strategy: 'STRICT_PACK' });
 *     await group.ready();
 *
 * @throws {PlacementGroupInfeasibleError} at once when it can never fit, with a table per node of what it wants and has,
 *  unless `waitForNodes` is set.
 * @throws {InvalidArgumentError} for no bundles, an empty bundle, an unknown option, or a name that is taken.
 */
export async function placementGroup(
  bundles: readonly Resources[],
  options: PlacementGroupOptions = {},
): Promise<PlacementGroup> {
  const request = toGroupRequest(bundles, options);
  const worker = await ensureConnection();
  const id = createPlacementGroupId();
  const { jobId, workerId: creatorWorkerId } = worker;
  await worker.head.call(
    'createPlacementGroup',
    { ...request, placementGroupId: id, jobId, creatorWorkerId },
    REQUEST_DEADLINE_MS,
  );
  noticeWait(id, options.name || shortId(id), worker);
  return new PlacementGroup(id, bundles, worker);
}

/** Ends the actors and tasks in the group and gives its bundles back. Idempotent. */
export const removePlacementGroup = (group: PlacementGroup): Promise<void> => group.remove();

export interface GetPlacementGroupOptions {
  /** Default: the job's. */
  readonly namespace?: string;
}

/**
 * The placement group of a name, made by this program or another one.
 * @throws {InvalidArgumentError} when no living group of the namespace has it.
 */
export async function getPlacementGroup(
  name: string,
  { namespace }: GetPlacementGroupOptions = {},
): Promise<PlacementGroup> {
  if (!name) throw new InvalidArgumentError('Please supply a non-empty value to getPlacementGroup.');
  const worker = await ensureConnection();
  const query = { name, namespace: namespace ?? worker.namespace };
  return findPlacementGroup(worker, query);
}

/**
 * The placement group in whose bundle this code runs as a task or actor; undefined outside of groups, and in a driver.
 * @throws {InvalidArgumentError} when it was removed, and the code not yet ended.
 */
export async function getCurrentPlacementGroup(): Promise<PlacementGroup | undefined> {
  const placementGroupId = surroundingPlacementGroup();
  if (placementGroupId === '') return undefined;
  return findPlacementGroup(await ensureConnection(), { placementGroupId });
}

async function findPlacementGroup(
  worker: HeadConnection,
  query: Draft<GetPlacementGroupRequest>,
): Promise<PlacementGroup> {
  const { placementGroup: found } = await worker.head.call('getPlacementGroup', query, REQUEST_DEADLINE_MS);
  if (!found) {
    const what = query.placementGroupId ? `id: ${query.placementGroupId}` : `name: ${query.name}`;
    throw new InvalidArgumentError(`Failed to look up placement group with ${what}`);
  }
  const bundles = found.bundles.map(({ units }) => fromFixedPoint(units));
  return new PlacementGroup(found.placementGroupId as PlacementGroupId, bundles, worker);
}

/** Says on standard error why a group waits, for as long as it lives. */
function noticeWait(id: PlacementGroupId, name: string, worker: HeadConnection): void {
  const notice = new PendingNotice(`Placement group ${name}`, performance.now());
  const stop = worker.placementGroupUpdates.subscribe(id, (update) => {
    const text = notice.next(update, performance.now());
    if (text !== undefined) process.stderr.write(`${text}\n`);
    if (update.state === 'PLACEMENT_GROUP_STATE_REMOVED') queueMicrotask(() => stop());
  });
}
