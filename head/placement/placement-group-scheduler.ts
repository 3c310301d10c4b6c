import {
  InvalidArgumentError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupInfeasibleError,
  PlacementGroupRemovedError,
  toError,
} from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { type Claimant, STARVING_MS } from './claims.js';
import { explainPlacement } from './explain-placement.js';
import { planGroupClaim } from './group-claim.js';
import { GroupLog } from './group-log.js';
import { GroupReserver, withoutNodes } from './group-reserver.js';
import { HalfLostKeeper } from './half-lost-keeper.js';
import { NameIndex } from './name-index.js';
import {
  bundlesOnNode,
  describeGroupName,
  missingBundles,
  needsPlacement,
  type PlacementGroupRecord,
  removedMessage,
  toBundleSet,
} from './placement-group-record.js';
import { planBundles } from './plan-bundles.js';
import type { Room } from './room.js';
import type { BundleHost } from './two-phase-commit.js';
import { WaitingList } from './waiting-list.js';

export interface PlacementGroupSchedulerOptions {
  readonly journal: StateJournal;
  readonly room: Room;
  readonly hostOf: (nodeId: NodeId) => BundleHost;
  /** Tells those who follow the group of a change. */
  readonly publish: (group: PlacementGroupRecord) => void;
  /** The group gives these bundles up: whoever is in them has lost his place, and is told why. */
  readonly onBundlesLost: (group: PlacementGroupRecord, indexes: readonly number[], reason: string) => Promise<void>;
  /** Room was made or a group became usable: others may be placed now. */
  readonly onChange: () => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface CreateGroupOptions {
  /** Accept a group that no node of today can hold. */
  readonly waitForNodes: boolean;
}

/**
 * Takes placement groups through their states. Those that lost bundles come first, then in order of creation; groups that
 * have a plan are reserved side by side, and a group without room holds nobody up before it has waited long.
 */
export class PlacementGroupScheduler {
  readonly #options: PlacementGroupSchedulerOptions;
  readonly #log: GroupLog;
  readonly #reserver: GroupReserver;
  readonly #names = new NameIndex<PlacementGroupId>();
  readonly #waiting = new WaitingList<PlacementGroupId, PlacementGroupRecord>(byUrgency);
  readonly #halfLost: HalfLostKeeper;

  constructor(options: PlacementGroupSchedulerOptions) {
    this.#options = options;
    this.#log = new GroupLog(options);
    this.#reserver = new GroupReserver({ ...options, log: this.#log });
    this.#halfLost = new HalfLostKeeper({ ...options, log: this.#log, reserver: this.#reserver });
    for (const group of options.journal.placementGroups.values()) this.#index(group);
    options.journal.watch((change) => {
      if (change.table === 'placement-groups') this.#index(change.after);
    });
  }

  /**
   * Registers a group. It may be placed later; that it can never be placed is known now.
   * @throws {PlacementGroupInfeasibleError} with a table of what each node has, unless it is to wait for nodes.
   * @throws {InvalidArgumentError} when a living group of the namespace has its name.
   */
  async create(group: PlacementGroupRecord, { waitForNodes }: CreateGroupOptions): Promise<void> {
    const { journal, room } = this.#options;
    if (journal.placementGroups.has(group.placementGroupId)) {
      return journal.whenWritten('placement-groups', group.placementGroupId);
    }
    this.#requireFreeName(group);
    if (!waitForNodes) {
      const set = toBundleSet(group, missingBundles(group));
      const nodes = room.view.expectedNodes();
      if (planBundles(set, nodes).kind === 'infeasible') {
        throw new PlacementGroupInfeasibleError(explainPlacement(set, nodes, room.view.holders(nodes)));
      }
    }
    const stored = journal.putPlacementGroup(group);
    // Nodes may be asked meanwhile: nothing is decided before the store has the group.
    this.#options.onChange();
    await stored;
  }

  /** Ends a group: its actors are killed and its bundles returned before the promise resolves. Idempotent. */
  async remove(placementGroupId: PlacementGroupId, reason: string): Promise<void> {
    const group = this.#options.journal.placementGroups.get(placementGroupId);
    if (!group || group.state === 'REMOVED') return;
    await this.#log.become(group, 'REMOVED', { reason });
    await this.#reserver.giveBack(group);
    this.#options.onChange();
  }

  /**
   * The living group of a name, or the group of an id, also one that was removed lately.
   * @throws {InvalidArgumentError} when there is none.
   */
  find(query: { readonly name: string; readonly namespace: string; readonly id: string }): PlacementGroupRecord {
    const id = (query.id as PlacementGroupId) || this.#names.get(query.namespace, query.name);
    const group = id && this.#options.journal.placementGroups.get(id);
    if (group) return group;
    const what = query.id ? `id: ${query.id}` : `name: ${query.name} in namespace ${query.namespace}`;
    throw new InvalidArgumentError(`Failed to look up placement group with ${what}. It was removed or never created.`);
  }

  /**
   * A group that may be used, now or when it is placed.
   * @throws {PlacementGroupRemovedError} when it is gone.
   */
  require(placementGroupId: PlacementGroupId): PlacementGroupRecord {
    const group = this.#options.journal.placementGroups.get(placementGroupId);
    if (group && group.state !== 'REMOVED') return group;
    throw new PlacementGroupRemovedError(
      group ? removedMessage(group) : `Placement group ${placementGroupId} does not exist; it may have been removed.`,
    );
  }

  /** True while nodes are asked for the group's bundles: what its record says is not settled yet. */
  isReserving(placementGroupId: PlacementGroupId): boolean {
    return this.#reserver.isReserving(placementGroupId);
  }

  /** Plans every group that waits, and starts to reserve those that fit. */
  schedule(): void {
    for (const group of this.#waiting.list()) {
      if (!this.#reserver.isReserving(group.placementGroupId)) this.#plan(group);
    }
  }

  /** Time has passed: half-lost groups that wait for one another are told apart. */
  tick(): void {
    this.#halfLost.settle(this.waiting());
  }

  /** Those that have waited so long that they claim room. */
  claimants(): Claimant[] {
    const starvedSince = this.#options.now() - STARVING_MS;
    return this.waiting()
      .filter((group) => this.#halfLost.isWinner(group.placementGroupId) || group.stateSinceMs <= starvedSince)
      .map((group) => ({
        id: group.placementGroupId,
        name: describeGroupName(group),
        sinceMs: this.#turnOf(group),
        plan: (nodes) => planGroupClaim(group, nodes),
      }));
  }

  /** The groups that wait for nodes to be had, not those that are being reserved. */
  waiting(): readonly PlacementGroupRecord[] {
    return this.#waiting.list().filter(({ placementGroupId }) => !this.#reserver.isReserving(placementGroupId));
  }

  /** Why a group waits, with a table per node; what became of it when it does not. */
  explain(group: PlacementGroupRecord): string {
    if (!needsPlacement(group)) return group.reason;
    const { room } = this.#options;
    const turn = this.#turnOf(group);
    const nodes = room.nodesFor(group.placementGroupId, turn);
    const holders = room.holdersFor(group.placementGroupId, turn, nodes);
    const why = explainPlacement(toBundleSet(group, missingBundles(group)), nodes, holders);
    return group.reason ? `${why}\nBefore that: ${group.reason}.` : why;
  }

  /** Marks the bundles of a dead node as lost; the groups that had some there wait for new places. */
  onNodeDied(nodeId: NodeId): void {
    for (const group of this.#options.journal.placementGroups.values()) {
      const lost = bundlesOnNode(group, nodeId);
      if (group.state === 'REMOVED' || lost.length === 0) continue;
      const state = group.state === 'PENDING' ? 'PENDING' : 'RESCHEDULING';
      const change = withoutNodes(group, (index) => lost.includes(index), `node ${nodeId} died`);
      this.#inBackground(this.#log.become(group, state, change), group);
    }
  }

  #index(group: PlacementGroupRecord): void {
    const { placementGroupId, namespace, name, state } = group;
    this.#names.update(placementGroupId, namespace, name, state === 'REMOVED');
    this.#waiting.update(placementGroupId, group, needsPlacement(group));
    if (state === 'CREATED' || state === 'REMOVED') this.#halfLost.forget(placementGroupId);
  }

  /** Since when it waits, for the order among all who wait; one for which others gave up comes before everybody. */
  #turnOf({ placementGroupId, createdAtMs }: PlacementGroupRecord): number {
    return this.#halfLost.isWinner(placementGroupId) ? 0 : createdAtMs;
  }

  #requireFreeName({ placementGroupId, name, namespace }: PlacementGroupRecord): void {
    const holder = this.#names.get(namespace, name);
    if (name === '' || holder === undefined) return;
    throw new InvalidArgumentError(
      `Failed to create placement group '${placementGroupId}' because name '${name}' already exists in namespace ` +
        `'${namespace}' (placement group ${holder}). Use another name, or ray.getPlacementGroup('${name}').`,
    );
  }

  #plan(group: PlacementGroupRecord): void {
    const missing = missingBundles(group);
    const nodes = this.#options.room.nodesFor(group.placementGroupId, this.#turnOf(group));
    const plan = planBundles(toBundleSet(group, missing), nodes);
    if (plan.kind !== 'placed') return;
    const nodeIds = [...group.nodeIds];
    for (const [position, index] of missing.entries()) nodeIds[index] = plan.nodeIds[position];
    this.#inBackground(this.#reserver.reserve({ ...group, nodeIds, reason: '' }, missing), group);
  }

  #inBackground(work: Promise<void>, group: PlacementGroupRecord): void {
    work.catch((error: unknown) => {
      this.#options.logger.error(
        { placementGroupId: group.placementGroupId, error: toError(error).message },
        'placement group step failed',
      );
    });
  }
}

/** Groups with actors in them, which stand still without their other bundles, before those that have never run. */
function byUrgency(left: PlacementGroupRecord, right: PlacementGroupRecord): number {
  const rank = ({ state }: PlacementGroupRecord): number => (state === 'RESCHEDULING' ? 0 : 1);
  return rank(left) - rank(right) || left.createdAtMs - right.createdAtMs;
}
