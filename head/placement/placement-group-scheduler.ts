import {
  addResources,
  InvalidArgumentError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupInfeasibleError,
  PlacementGroupRemovedError,
  type ResourcePool,
  type Resources,
  toError,
} from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { type Claimant, STARVING_MS } from './claims.js';
import { explainPlacement } from './explain-placement.js';
import { GroupLog } from './group-log.js';
import { GroupReserver, withoutNodes } from './group-reserver.js';
import { NameIndex } from './name-index.js';
import type { NodeSnapshot } from './node-snapshot.js';
import {
  bundlesOnNode,
  describeGroupName,
  missingBundles,
  needsPlacement,
  type PlacementGroupRecord,
  toBundleSet,
} from './placement-group-record.js';
import { type BundleSet, planBundles } from './plan-bundles.js';
import type { Room } from './room.js';
import { GIVE_UP_AFTER_MS, type HalfLostGroup, settleHalfLost } from './settle-half-lost.js';
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
  /** Groups for which others have given up what they had: nobody takes that from them. */
  readonly #winners = new Set<PlacementGroupId>();

  constructor(options: PlacementGroupSchedulerOptions) {
    this.#options = options;
    this.#log = new GroupLog(options);
    this.#reserver = new GroupReserver({ ...options, log: this.#log });
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
        throw new PlacementGroupInfeasibleError(this.#explain(set, nodes));
      }
    }
    await journal.putPlacementGroup(group);
    this.#options.onChange();
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
    const groups = this.#halfLostGroups();
    if (groups.length < 2) return;
    const exchange = settleHalfLost(groups, this.#options.room.view.nodes());
    if (exchange === undefined) return;
    this.#winners.add(exchange.winnerId);
    const winner = this.#options.journal.placementGroups.get(exchange.winnerId)!;
    for (const loserId of exchange.loserIds) {
      const loser = this.#options.journal.placementGroups.get(loserId)!;
      this.#inBackground(this.#giveUp(loser, winner), loser);
    }
  }

  /** Those that have waited so long that they claim room. */
  claimants(): Claimant[] {
    const starvedSince = this.#options.now() - STARVING_MS;
    const waiting = this.#waiting
      .list()
      .filter(({ placementGroupId }) => !this.#reserver.isReserving(placementGroupId));
    return waiting.flatMap((group) => {
      const isWinner = this.#winners.has(group.placementGroupId);
      if (!isWinner && group.stateSinceMs > starvedSince) return [];
      const sinceMs = isWinner ? 0 : group.createdAtMs;
      return [
        { id: group.placementGroupId, sinceMs, plan: (nodes: readonly NodeSnapshot[]) => planClaim(group, nodes) },
      ];
    });
  }

  /** The groups that wait for nodes to be had, not those that are being reserved. */
  waiting(): readonly PlacementGroupRecord[] {
    return this.#waiting.list().filter(({ placementGroupId }) => !this.#reserver.isReserving(placementGroupId));
  }

  /** Why a group waits, with a table per node; what became of it when it does not. */
  explain(group: PlacementGroupRecord): string {
    if (!needsPlacement(group)) return group.reason;
    const nodes = this.#options.room.nodesFor(group.placementGroupId, group.createdAtMs);
    const why = this.#explain(toBundleSet(group, missingBundles(group)), nodes);
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
    if (state === 'CREATED' || state === 'REMOVED') this.#winners.delete(placementGroupId);
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
    const sinceMs = this.#winners.has(group.placementGroupId) ? 0 : group.createdAtMs;
    const nodes = this.#options.room.nodesFor(group.placementGroupId, sinceMs);
    const plan = planBundles(toBundleSet(group, missing), nodes);
    if (plan.kind !== 'placed') return;
    const nodeIds = [...group.nodeIds];
    for (const [position, index] of missing.entries()) nodeIds[index] = plan.nodeIds[position];
    this.#inBackground(this.#reserver.reserve({ ...group, nodeIds, reason: '' }, missing), group);
  }

  #halfLostGroups(): HalfLostGroup[] {
    const patientUntil = this.#options.now() - GIVE_UP_AFTER_MS;
    const { view } = this.#options.room;
    const half = this.waiting().filter(
      ({ state, nodeIds, stateSinceMs }) =>
        state === 'RESCHEDULING' && nodeIds.some(Boolean) && stateSinceMs <= patientUntil,
    );
    return half.map((group) => {
      const indexes = group.nodeIds.flatMap((nodeId, index) => (nodeId ? [index] : []));
      const usersOf = (index: number): number => view.usersOfBundle(group.placementGroupId, index).size;
      return {
        placementGroupId: group.placementGroupId,
        createdAtMs: group.createdAtMs,
        missing: toBundleSet(group, missingBundles(group)),
        left: indexes.map((index) => ({ nodeId: group.nodeIds[index]!, resources: this.#allocationOf(group, index) })),
        numUsers: indexes.reduce((sum, index) => sum + usersOf(index), 0),
      };
    });
  }

  #allocationOf(group: PlacementGroupRecord, index: number): ResourcePool {
    return this.#options.room.view.allocationOfBundle(group.placementGroupId, index);
  }

  async #giveUp(group: PlacementGroupRecord, winner: PlacementGroupRecord): Promise<void> {
    const indexes = group.nodeIds.flatMap((nodeId, index) => (nodeId ? [index] : []));
    const reason =
      `it gave up bundles ${indexes.join(', ')}, so that ${describeGroupName(winner)} could become whole: both had lost ` +
      'bundles, and each held what the other needs';
    await this.#options.onBundlesLost(group, indexes, reason);
    await this.#log.become(
      group,
      'RESCHEDULING',
      withoutNodes(group, () => true, reason),
    );
    this.#options.onChange();
    await this.#reserver.giveBack(group);
    this.#options.onChange();
  }

  #explain(set: BundleSet, nodes: readonly NodeSnapshot[]): string {
    return explainPlacement(set, nodes, this.#options.room.view.holders(nodes));
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

function planClaim(
  group: PlacementGroupRecord,
  nodes: readonly NodeSnapshot[],
): ReadonlyMap<NodeId, Resources> | undefined {
  const missing = missingBundles(group);
  const plan = planBundles(toBundleSet(group, missing), nodes);
  if (plan.kind !== 'placed') return undefined;
  const byNode = new Map<NodeId, Resources>();
  for (const [position, index] of missing.entries()) {
    const nodeId = plan.nodeIds[position]!;
    byNode.set(nodeId, addResources(byNode.get(nodeId) ?? {}, group.bundles[index]!));
  }
  return byNode;
}

/** Why nobody can use a group that was removed. */
export const removedMessage = (group: PlacementGroupRecord): string =>
  `Placement group ${group.placementGroupId} was removed: ${(group.reason || 'by its owner').replace(/\.$/, '')}.`;
