import { type Logger, type NodeId, type PlacementGroupId, sleep, toError } from '../../src/core/index.js';
import { isExpected } from '../membership/node-record.js';
import type { StateJournal } from '../state-journal.js';
import type { GroupLog } from './group-log.js';
import { type PlacementGroupRecord, toBundleSet } from './placement-group-record.js';
import { sortBundles } from './sort-bundles.js';
import { type BundleHost, type ReservationOutcome, reserveBundles } from './two-phase-commit.js';

const RETRY_MS = 100;

export interface GroupReserverOptions {
  readonly journal: StateJournal;
  readonly log: GroupLog;
  readonly hostOf: (nodeId: NodeId) => BundleHost;
  /** Something may be placed now. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** Has the agents reserve planned bundles, and give back those of groups that are over. */
export class GroupReserver {
  readonly #options: GroupReserverOptions;
  /** Groups whose nodes are being asked: what is missing then is planned when they have answered. */
  readonly #reserving = new Set<PlacementGroupId>();

  constructor(options: GroupReserverOptions) {
    this.#options = options;
  }

  isReserving(placementGroupId: PlacementGroupId): boolean {
    return this.#reserving.has(placementGroupId);
  }

  /**
   * @param group with the nodes that were planned.
   * @param missing the indexes of the bundles that were planned.
   */
  async reserve(group: PlacementGroupRecord, missing: readonly number[]): Promise<void> {
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

  /** Ends what the agents have in these bundles and frees them; resolves when every node has answered or is dead. */
  async giveBack(group: PlacementGroupRecord, indexes?: readonly number[]): Promise<void> {
    const holders = new Set(group.nodeIds.filter((nodeId, index) => nodeId && (indexes?.includes(index) ?? true)));
    await Promise.all([...holders].map((nodeId) => this.#giveBackOn(nodeId!, group.placementGroupId)));
  }

  async #askNodes(group: PlacementGroupRecord, missing: readonly number[]): Promise<ReservationOutcome> {
    const { journal, hostOf, log } = this.#options;
    const { placementGroupId } = group;
    const order = sortBundles(toBundleSet(group, missing).bundles).map((position) => missing[position]!);
    const bundles = order.map((index) => ({
      index,
      resources: group.bundles[index]!,
      nodeId: group.nodeIds[index]!,
    }));
    try {
      // The tentative nodes count as used for the groups that are planned next. The store need not have them before the
      // nodes are asked: a head that starts again takes a reservation that was on its way for void.
      const stored = journal.putPlacementGroup(group);
      // Awaited below, unless a node refuses first; what is wrong with the store the next write meets too.
      stored.catch(() => undefined);
      return await reserveBundles({ placementGroupId, bundles }, hostOf, async (gpuIds) => {
        await stored;
        const current = journal.placementGroups.get(placementGroupId);
        if (!current || current.state === 'REMOVED') return;
        const known = current.gpuIds.map((before, index) => gpuIds.get(index) ?? before);
        await log.become(current, 'PREPARED', { gpuIds: known });
      });
    } catch (error) {
      return { kind: 'refused', reason: toError(error).message };
    }
  }

  /** The nodes have answered. The group may have been removed meanwhile, and nodes may have died: their bundles are gone. */
  async #conclude(group: PlacementGroupRecord, missing: readonly number[], outcome: ReservationOutcome): Promise<void> {
    const { journal, log } = this.#options;
    const current = journal.placementGroups.get(group.placementGroupId);
    if (!current || current.state === 'REMOVED') return this.giveBack(group);
    if (outcome.kind === 'refused') return this.#unplace(current, missing, outcome.reason);
    const isLost = (index: number): boolean =>
      missing.includes(index) && outcome.lostNodeIds.includes(group.nodeIds[index]!);
    const nodeIds = current.nodeIds.map((nodeId, index) => (isLost(index) ? undefined : nodeId));
    if (nodeIds.every(Boolean)) return log.become(current, 'CREATED', { reason: '' });
    const isKnown = !nodeIds.some((nodeId, index) => nodeId !== current.nodeIds[index]);
    if (current.state === 'RESCHEDULING' && isKnown) return;
    const reason = current.reason || `nodes ${outcome.lostNodeIds.join(', ')} did not commit`;
    await log.become(current, 'RESCHEDULING', withoutNodes(current, isLost, reason));
  }

  async #unplace(group: PlacementGroupRecord, missing: readonly number[], reason: string): Promise<void> {
    const state = group.state === 'PREPARED' ? 'RESCHEDULING' : group.state;
    const change = withoutNodes(group, (index) => missing.includes(index), reason);
    await this.#options.log.become(group, state, change);
  }

  /** Tries until the node has answered or is dead: nobody else would ever free what its agent holds. */
  async #giveBackOn(nodeId: NodeId, placementGroupId: PlacementGroupId): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    while (isExpected(journal.nodes.get(nodeId))) {
      try {
        await hostOf(nodeId).giveBack(placementGroupId, []);
        return;
      } catch (error) {
        logger.warn({ placementGroupId, nodeId, error: toError(error).message }, 'bundles not returned yet');
        await sleep(RETRY_MS);
      }
    }
  }
}

/** The change of a group that loses some of its bundles' places. */
export function withoutNodes(
  { nodeIds, gpuIds }: PlacementGroupRecord,
  isLost: (index: number) => boolean,
  reason: string,
): Pick<PlacementGroupRecord, 'nodeIds' | 'gpuIds' | 'reason'> {
  return {
    nodeIds: nodeIds.map((nodeId, index) => (isLost(index) ? undefined : nodeId)),
    gpuIds: gpuIds.map((ids, index) => (isLost(index) ? undefined : ids)),
    reason,
  };
}
