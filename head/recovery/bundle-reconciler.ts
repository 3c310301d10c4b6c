import { type Logger, type NodeId, type PlacementGroupId, sleep, toError } from '../../src/core/index.js';
import type { GroupLog } from '../placement/group-log.js';
import { withoutNodes } from '../placement/group-reserver.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { BundleHost } from '../placement/two-phase-commit.js';
import type { StateJournal } from '../state-journal.js';
import { type BundleCorrection, type HeldBundle, reconcileNode } from './reconcile-node.js';

const RETRY_MS = 1_000;

export interface BundleReconcilerOptions {
  readonly journal: StateJournal;
  readonly log: GroupLog;
  readonly hostOf: (nodeId: NodeId) => BundleHost;
  readonly isReserving: (placementGroupId: PlacementGroupId) => boolean;
  /** The group gives these bundles up: whoever is in them has lost his place. */
  readonly onBundlesLost: (group: PlacementGroupRecord, indexes: readonly number[], reason: string) => Promise<void>;
  /** Something may be placed now. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/**
 * Brings nodes and records together after a connection, or the head, was gone: every node tells what it holds when it
 * registers, gives back what nobody knows, and gets the commits that it missed.
 */
export class BundleReconciler {
  readonly #options: BundleReconcilerOptions;
  /** Bundles of PREPARED groups that their nodes have committed, as far as they have told. */
  readonly #confirmed = new Map<PlacementGroupId, Set<number>>();

  constructor(options: BundleReconcilerOptions) {
    this.#options = options;
  }

  /** The bundles that the records place on a node, to be compared with what it tells later. */
  recordedOn(nodeId: NodeId): ReadonlySet<string> {
    const groups = [...this.#options.journal.placementGroups.values()].filter(({ state }) => state !== 'REMOVED');
    return new Set(
      groups.flatMap(({ placementGroupId, nodeIds }) =>
        nodeIds.flatMap((id, index) => (id === nodeId ? [keyOf(placementGroupId, index)] : [])),
      ),
    );
  }

  /**
   * @param recorded as {@link recordedOn} said when the node registered: what was placed there since may be on its way.
   */
  async onInventory(nodeId: NodeId, held: readonly HeldBundle[], recorded: ReadonlySet<string>): Promise<void> {
    const { journal, isReserving } = this.#options;
    const corrections = reconcileNode(journal.placementGroups, nodeId, held, isReserving);
    await Promise.all(
      corrections.map(async (correction) => {
        const lost = correction.lost.filter((index) => recorded.has(keyOf(correction.placementGroupId, index)));
        await this.#correct(nodeId, { ...correction, lost });
      }),
    );
    this.#options.onChange();
  }

  async #correct(nodeId: NodeId, correction: BundleCorrection): Promise<void> {
    const { placementGroupId, giveBack, commit, confirmed } = correction;
    if (giveBack.length > 0) await this.#giveBack(nodeId, placementGroupId, giveBack);
    const isCommitted = commit.length === 0 || (await this.#commit(nodeId, placementGroupId, commit));
    const lost = isCommitted ? correction.lost : [...correction.lost, ...commit];
    if (lost.length > 0) await this.#lose(nodeId, placementGroupId, lost);
    await this.#confirm(placementGroupId, isCommitted ? [...confirmed, ...commit] : confirmed);
  }

  /** Tries until the node has answered or is gone: nobody else would ever free what its agent holds. */
  async #giveBack(nodeId: NodeId, placementGroupId: PlacementGroupId, indexes: readonly number[]): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    logger.warn({ nodeId, placementGroupId, indexes }, 'a node holds bundles without a record; they are given back');
    while (journal.nodes.get(nodeId)?.state === 'ALIVE') {
      try {
        await hostOf(nodeId).giveBack(placementGroupId, indexes);
        return;
      } catch (error) {
        logger.warn({ nodeId, placementGroupId, error: toError(error).message }, 'bundles not returned yet');
        await sleep(RETRY_MS);
      }
    }
  }

  async #commit(nodeId: NodeId, placementGroupId: PlacementGroupId, indexes: readonly number[]): Promise<boolean> {
    try {
      await this.#options.hostOf(nodeId).commit(placementGroupId, indexes);
      return true;
    } catch (error) {
      this.#options.logger.warn({ nodeId, placementGroupId, error: toError(error).message }, 'bundles not committed');
      return false;
    }
  }

  async #lose(nodeId: NodeId, placementGroupId: PlacementGroupId, indexes: readonly number[]): Promise<void> {
    const { journal, log, onBundlesLost } = this.#options;
    const group = journal.placementGroups.get(placementGroupId);
    if (!group || group.state === 'REMOVED') return;
    const reason = `node ${nodeId} did not have bundles ${indexes.join(', ')} any more`;
    await onBundlesLost(group, indexes, reason);
    const current = journal.placementGroups.get(placementGroupId) ?? group;
    if (current.state === 'REMOVED') return;
    const isLost = (index: number): boolean => indexes.includes(index) && current.nodeIds[index] === nodeId;
    const state = current.state === 'PENDING' ? 'PENDING' : 'RESCHEDULING';
    await log.become(current, state, withoutNodes(current, isLost, reason));
  }

  /** A group whose commits were interrupted is CREATED when its last node has confirmed them. */
  async #confirm(placementGroupId: PlacementGroupId, indexes: readonly number[]): Promise<void> {
    const { journal, log } = this.#options;
    const group = journal.placementGroups.get(placementGroupId);
    if (group?.state !== 'PREPARED' || this.#options.isReserving(placementGroupId)) {
      this.#confirmed.delete(placementGroupId);
      return;
    }
    const confirmed = this.#confirmed.get(placementGroupId) ?? new Set();
    for (const index of indexes) confirmed.add(index);
    this.#confirmed.set(placementGroupId, confirmed);
    if (confirmed.size < group.bundles.length) return;
    this.#confirmed.delete(placementGroupId);
    await log.become(group, 'CREATED', { reason: '' });
  }
}

const keyOf = (placementGroupId: PlacementGroupId, index: number): string => `${placementGroupId}:${index}`;
