import {
  IllegalStateError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupInfeasibleError,
  type Resources,
  sleep,
  toError,
  transition,
} from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { describeHolders, nodeSnapshots } from './cluster-view.js';
import { explainPlacement } from './explain-placement.js';
import { bundlesOnNode, needsPlacement, type PlacementGroupRecord } from './placement-group-record.js';
import { type PlacementGroupState, placementGroupTransitions } from './placement-group-state.js';
import { planBundles } from './plan-bundles.js';
import { type BundleHost, type ReservationOutcome, reserveBundles } from './two-phase-commit.js';

const RETRY_MS = 100;

export interface PlacementGroupSchedulerOptions {
  readonly journal: StateJournal;
  readonly hostOf: (nodeId: NodeId) => BundleHost;
  /** Tells the owner of a change. */
  readonly publish: (group: PlacementGroupRecord) => void;
  /** Room was made or a group became usable: others may be placed now. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/**
 * Takes placement groups through their states. Groups are planned in order of creation, and those that have a plan are
 * reserved side by side; a group without room waits and holds nobody up.
 */
export class PlacementGroupScheduler {
  readonly #options: PlacementGroupSchedulerOptions;
  /** Groups whose nodes are being asked: what is missing then is planned when they have answered. */
  readonly #reserving = new Set<PlacementGroupId>();

  constructor(options: PlacementGroupSchedulerOptions) {
    this.#options = options;
  }

  /**
   * Registers a group. It may be placed later; that it can never be placed is known now.
   * @throws {PlacementGroupInfeasibleError} with a table of what each node has.
   * @throws {IllegalStateError} when its job has finished.
   */
  async create(group: PlacementGroupRecord): Promise<void> {
    const { journal } = this.#options;
    if (journal.placementGroups.has(group.placementGroupId)) return;
    if (journal.jobs.get(group.jobId)?.state !== 'RUNNING') {
      throw new IllegalStateError(`Job ${group.jobId} is not running; its driver is gone or never registered.`);
    }
    const plan = planBundles(group.strategy, group.bundles, nodeSnapshots(journal));
    if (plan.kind === 'infeasible') throw new PlacementGroupInfeasibleError(this.#explain(group, group.bundles, []));
    await journal.putPlacementGroup(group);
    this.#options.onChange();
  }

  /** Ends a group: its actors are killed and its bundles returned before the promise resolves. Idempotent. */
  async remove(placementGroupId: PlacementGroupId, reason: string): Promise<void> {
    const group = this.#options.journal.placementGroups.get(placementGroupId);
    if (!group || group.state === 'REMOVED') return;
    await this.#become(group, 'REMOVED', { reason });
    await this.#giveBack(group);
    this.#options.onChange();
  }

  /** Plans every group that waits, and starts to reserve those that fit. */
  schedule(): void {
    const waiting = [...this.#options.journal.placementGroups.values()].filter(
      (group) => needsPlacement(group) && !this.#reserving.has(group.placementGroupId),
    );
    for (const group of waiting.sort((a, b) => a.createdAtMs - b.createdAtMs)) this.#plan(group);
  }

  /** Marks the bundles of a dead node as lost; the groups that had some there wait for new places. */
  onNodeDied(nodeId: NodeId): void {
    for (const group of this.#options.journal.placementGroups.values()) {
      if (group.state === 'REMOVED' || bundlesOnNode(group, nodeId).length === 0) continue;
      const nodeIds = group.nodeIds.map((id) => (id === nodeId ? undefined : id));
      const state = group.state === 'PENDING' ? 'PENDING' : 'RESCHEDULING';
      this.#inBackground(this.#become(group, state, { nodeIds, reason: `node ${nodeId} died` }), group);
    }
  }

  #plan(group: PlacementGroupRecord): void {
    const missing = group.nodeIds.flatMap((nodeId, index) => (nodeId ? [] : [index]));
    const bundles = missing.map((index) => group.bundles[index]!);
    const held = group.nodeIds.filter((nodeId) => nodeId !== undefined);
    const excludedNodeIds = group.strategy === 'STRICT_SPREAD' ? held : [];
    const plan = planBundles(group.strategy, bundles, nodeSnapshots(this.#options.journal), { excludedNodeIds });
    if (plan.kind !== 'placed') {
      const reason = this.#explain(group, bundles, excludedNodeIds);
      if (reason !== group.reason) this.#inBackground(this.#become(group, group.state, { reason }), group);
      return;
    }
    const nodeIds = [...group.nodeIds];
    for (const [position, index] of missing.entries()) nodeIds[index] = plan.nodeIds[position];
    const planned: PlacementGroupRecord = { ...group, nodeIds, reason: '' };
    this.#inBackground(this.#reserve(planned, missing), planned);
  }

  async #reserve(group: PlacementGroupRecord, missing: readonly number[]): Promise<void> {
    const { placementGroupId } = group;
    this.#reserving.add(placementGroupId);
    let outcome: ReservationOutcome;
    try {
      outcome = await this.#askNodes(group, missing);
      await this.#conclude(group, missing, outcome);
    } finally {
      this.#reserving.delete(placementGroupId);
    }
    if (outcome.kind === 'committed') this.#options.onChange();
    else setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
  }

  async #askNodes(group: PlacementGroupRecord, missing: readonly number[]): Promise<ReservationOutcome> {
    const { journal, hostOf } = this.#options;
    const { placementGroupId } = group;
    const bundles = missing.map((index) => ({
      index,
      resources: group.bundles[index]!,
      nodeId: group.nodeIds[index]!,
    }));
    try {
      // The tentative nodes count as used for the groups that are planned next.
      await journal.putPlacementGroup(group);
      return await reserveBundles({ placementGroupId, bundles }, hostOf, async () => {
        const current = journal.placementGroups.get(placementGroupId);
        if (current && current.state !== 'REMOVED') await this.#become(current, 'PREPARED', {});
      });
    } catch (error) {
      return { kind: 'refused', reason: toError(error).message };
    }
  }

  /** The nodes have answered. The group may have been removed meanwhile, and nodes may have died: their bundles are gone. */
  async #conclude(group: PlacementGroupRecord, missing: readonly number[], outcome: ReservationOutcome): Promise<void> {
    const current = this.#options.journal.placementGroups.get(group.placementGroupId);
    if (!current || current.state === 'REMOVED') return this.#giveBack(group);
    if (outcome.kind === 'refused') return this.#unplace(current, missing, outcome.reason);
    const isLost = (index: number): boolean =>
      missing.includes(index) && outcome.lostNodeIds.includes(group.nodeIds[index]!);
    const nodeIds = current.nodeIds.map((nodeId, index) => (isLost(index) ? undefined : nodeId));
    if (nodeIds.every((nodeId) => nodeId !== undefined)) return this.#become(current, 'CREATED', { reason: '' });
    const isKnown =
      current.state === 'RESCHEDULING' && !nodeIds.some((nodeId, index) => nodeId !== current.nodeIds[index]);
    if (isKnown) return;
    const reason = current.reason || `nodes ${outcome.lostNodeIds.join(', ')} did not commit`;
    await this.#become(current, 'RESCHEDULING', { nodeIds, reason });
  }

  async #unplace(group: PlacementGroupRecord, missing: readonly number[], reason: string): Promise<void> {
    const nodeIds = group.nodeIds.map((nodeId, index) => (missing.includes(index) ? undefined : nodeId));
    const state = group.state === 'PREPARED' ? 'RESCHEDULING' : group.state;
    await this.#become(group, state, { nodeIds, reason });
  }

  async #giveBack({ placementGroupId, nodeIds }: PlacementGroupRecord): Promise<void> {
    const holders = new Set(nodeIds.filter((nodeId) => nodeId !== undefined));
    await Promise.all([...holders].map((nodeId) => this.#giveBackOn(nodeId, placementGroupId)));
  }

  /** Tries until the node has answered or is dead: nobody else would ever free what its agent holds. */
  async #giveBackOn(nodeId: NodeId, placementGroupId: PlacementGroupId): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    while (journal.nodes.get(nodeId)?.state === 'ALIVE') {
      try {
        await hostOf(nodeId).giveBack(placementGroupId, []);
        return;
      } catch (error) {
        logger.warn({ placementGroupId, nodeId, error: toError(error).message }, 'bundles not returned yet');
        await sleep(RETRY_MS);
      }
    }
  }

  async #become(
    group: PlacementGroupRecord,
    to: PlacementGroupState,
    change: Partial<PlacementGroupRecord>,
  ): Promise<void> {
    const state =
      to === group.state
        ? to
        : transition(placementGroupTransitions, 'Placement group', group.placementGroupId, group.state, to);
    const next = { ...group, ...change, state };
    this.#options.logger.info(
      { placementGroupId: group.placementGroupId, from: group.state, to: state, reason: next.reason },
      'placement group',
    );
    await this.#options.journal.putPlacementGroup(next);
    this.#options.publish(next);
  }

  #explain(
    { strategy }: PlacementGroupRecord,
    bundles: readonly Resources[],
    excludedNodeIds: readonly NodeId[],
  ): string {
    const { journal } = this.#options;
    const nodes = nodeSnapshots(journal).filter(({ nodeId }) => !excludedNodeIds.includes(nodeId));
    const holders = new Map(nodes.map((node) => [node.nodeId, describeHolders(journal, node.nodeId)]));
    const explanation = explainPlacement(strategy, bundles, nodes, holders);
    if (excludedNodeIds.length === 0) return explanation;
    return `${explanation}\nLeft out are the nodes of the group's other bundles: ${excludedNodeIds.join(', ')}.`;
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
