import type { Logger, PlacementGroupId } from '../../src/core/index.js';
import { toError } from '../../src/core/index.js';
import type { GroupLog } from './group-log.js';
import { type GroupReserver, withoutNodes } from './group-reserver.js';
import {
  describeGroupName,
  heldBundles,
  missingBundles,
  type PlacementGroupRecord,
  toBundleSet,
} from './placement-group-record.js';
import type { Room } from './room.js';
import { GIVE_UP_AFTER_MS, type HalfLostGroup, settleHalfLost } from './settle-half-lost.js';

export interface HalfLostKeeperOptions {
  readonly room: Room;
  readonly log: GroupLog;
  readonly reserver: GroupReserver;
  /** The group gives these bundles up: whoever is in them has lost his place, and is told why. */
  readonly onBundlesLost: (group: PlacementGroupRecord, indexes: readonly number[], reason: string) => Promise<void>;
  readonly onChange: () => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Has half-lost groups give up what they have left, where that makes another one whole. */
export class HalfLostKeeper {
  readonly #options: HalfLostKeeperOptions;
  /** Groups for which others have given up what they had: nobody takes that from them. */
  readonly #winners = new Set<PlacementGroupId>();

  constructor(options: HalfLostKeeperOptions) {
    this.#options = options;
  }

  isWinner(placementGroupId: PlacementGroupId): boolean {
    return this.#winners.has(placementGroupId);
  }

  /** The group has its place, or is over. */
  forget(placementGroupId: PlacementGroupId): void {
    this.#winners.delete(placementGroupId);
  }

  /** @param waiting the groups that wait for nodes to be had. */
  settle(waiting: readonly PlacementGroupRecord[]): void {
    const patientUntil = this.#options.now() - GIVE_UP_AFTER_MS;
    const groups = waiting.filter(
      (group) => group.state === 'RESCHEDULING' && heldBundles(group).length > 0 && group.stateSinceMs <= patientUntil,
    );
    if (groups.length < 2) return;
    const halves = groups.map((group) => this.#describe(group));
    const exchange = settleHalfLost(halves, this.#options.room.view.nodes());
    if (exchange === undefined) return;
    this.#winners.add(exchange.winnerId);
    const winner = groups.find(({ placementGroupId }) => placementGroupId === exchange.winnerId)!;
    for (const loser of groups.filter(({ placementGroupId }) => exchange.loserIds.includes(placementGroupId))) {
      this.#giveUp(loser, winner).catch((error: unknown) => {
        const { placementGroupId } = loser;
        this.#options.logger.error({ placementGroupId, error: toError(error).message }, 'bundles not given up');
      });
    }
  }

  #describe(group: PlacementGroupRecord): HalfLostGroup {
    const { view } = this.#options.room;
    const { placementGroupId, createdAtMs } = group;
    const indexes = heldBundles(group);
    return {
      placementGroupId,
      createdAtMs,
      missing: toBundleSet(group, missingBundles(group)),
      left: indexes.map((index) => ({
        nodeId: group.nodeIds[index]!,
        resources: view.allocationOfBundle(placementGroupId, index),
      })),
      numUsers: indexes.reduce((sum, index) => sum + view.usersOfBundle(placementGroupId, index).size, 0),
    };
  }

  async #giveUp(group: PlacementGroupRecord, winner: PlacementGroupRecord): Promise<void> {
    const { log, reserver, onBundlesLost, onChange } = this.#options;
    const indexes = heldBundles(group);
    const reason =
      `it gave up bundles ${indexes.join(', ')}, so that ${describeGroupName(winner)} could become whole: both had lost ` +
      'bundles, and each held what the other needs';
    // Both at once, so that nothing comes in between: who is in the bundles is known only as long as the group has them.
    const lost = onBundlesLost(group, indexes, reason);
    const changed = log.become(
      group,
      'RESCHEDULING',
      withoutNodes(group, () => true, reason),
    );
    await Promise.all([lost, changed]);
    onChange();
    await reserver.giveBack(group);
    onChange();
  }
}
