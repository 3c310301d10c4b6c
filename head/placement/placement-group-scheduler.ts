import {
  IllegalStateError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupInfeasibleError,
  toError,
  transition,
} from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { describeHolders, nodeSnapshots } from './cluster-view.js';
import { explainPlacement } from './explain-placement.js';
import { bundlesOnNode, needsPlacement, type PlacementGroupRecord } from './placement-group-record.js';
import { type PlacementGroupState, placementGroupTransitions } from './placement-group-state.js';
import { planBundles } from './plan-bundles.js';
import { type BundleHost, reserveBundles } from './two-phase-commit.js';

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
    if (plan.kind === 'infeasible') throw new PlacementGroupInfeasibleError(this.#explain(group));
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
    const waiting = [...this.#options.journal.placementGroups.values()].filter(needsPlacement);
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
    const held = group.nodeIds.filter((nodeId) => nodeId !== undefined);
    const plan = planBundles(
      group.strategy,
      missing.map((index) => group.bundles[index]!),
      nodeSnapshots(this.#options.journal),
      group.strategy === 'STRICT_SPREAD' ? { excludedNodeIds: held } : {},
    );
    if (plan.kind !== 'placed') {
      const reason = this.#explain({ ...group, bundles: missing.map((index) => group.bundles[index]!) });
      if (reason !== group.reason) this.#inBackground(this.#become(group, group.state, { reason }), group);
      return;
    }
    const nodeIds = [...group.nodeIds];
    for (const [position, index] of missing.entries()) nodeIds[index] = plan.nodeIds[position];
    const planned: PlacementGroupRecord = { ...group, nodeIds, reason: '' };
    this.#inBackground(this.#reserve(planned, missing), planned);
  }

  async #reserve(group: PlacementGroupRecord, missing: readonly number[]): Promise<void> {
    const { journal, hostOf } = this.#options;
    const id = group.placementGroupId;
    // The tentative nodes count as used for the groups that are planned next.
    await journal.putPlacementGroup(group);
    const bundles = missing.map((index) => ({
      index,
      resources: group.bundles[index]!,
      nodeId: group.nodeIds[index]!,
    }));
    const outcome = await reserveBundles({ placementGroupId: id, bundles }, hostOf, async () => {
      const current = journal.placementGroups.get(id)!;
      if (current.state !== 'REMOVED') await this.#become(current, 'PREPARED', {});
    });
    const current = journal.placementGroups.get(id)!;
    if (current.state === 'REMOVED') return this.#giveBack(group);
    if (outcome.kind === 'refused') return this.#retry(current, missing, outcome.reason);
    // A node that died meanwhile has already taken the group back to RESCHEDULING.
    if (current.state === 'PREPARED') await this.#settle(current, outcome.lostNodeIds);
    this.#options.onChange();
  }

  /** The commits are answered: the group is usable, unless a node let its reservation go before the commit came. */
  async #settle(group: PlacementGroupRecord, lostNodeIds: readonly NodeId[]): Promise<void> {
    if (lostNodeIds.length === 0) return this.#become(group, 'CREATED', { reason: '' });
    const nodeIds = group.nodeIds.map((nodeId) => (nodeId && lostNodeIds.includes(nodeId) ? undefined : nodeId));
    await this.#become(group, 'RESCHEDULING', { nodeIds, reason: `nodes ${lostNodeIds.join(', ')} did not commit` });
  }

  async #retry(group: PlacementGroupRecord, missing: readonly number[], reason: string): Promise<void> {
    const nodeIds = group.nodeIds.map((nodeId, index) => (missing.includes(index) ? undefined : nodeId));
    await this.#become(group, group.state, { nodeIds, reason });
    setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
  }

  async #giveBack(group: PlacementGroupRecord): Promise<void> {
    const nodeIds = [...new Set(group.nodeIds.filter((nodeId) => nodeId !== undefined))];
    const results = await Promise.allSettled(
      nodeIds.map(async (nodeId) => this.#options.hostOf(nodeId).giveBack(group.placementGroupId)),
    );
    for (const result of results) {
      // The node is dead or dying: its agent's end frees what it held.
      if (result.status === 'rejected')
        this.#options.logger.warn({ error: String(result.reason) }, 'bundles not returned');
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

  #explain(group: Pick<PlacementGroupRecord, 'strategy' | 'bundles'>): string {
    const { journal } = this.#options;
    const nodes = nodeSnapshots(journal);
    const holders = new Map(nodes.map((node) => [node.nodeId, describeHolders(journal, node.nodeId)]));
    return explainPlacement(group.strategy, group.bundles, nodes, holders);
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
