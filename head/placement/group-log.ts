import { type Logger, transition } from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import type { PlacementGroupRecord } from './placement-group-record.js';
import { type PlacementGroupState, placementGroupTransitions } from './placement-group-state.js';

export interface GroupLogOptions {
  readonly journal: StateJournal;
  /** Tells those who follow the group. */
  readonly publish: (group: PlacementGroupRecord) => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Where every change of a placement group is checked, stored, and only then told. */
export class GroupLog {
  readonly #options: GroupLogOptions;

  constructor(options: GroupLogOptions) {
    this.#options = options;
  }

  /** @param to the state that it has already, for a change within a state. */
  async become(
    group: PlacementGroupRecord,
    to: PlacementGroupState,
    change: Partial<PlacementGroupRecord>,
  ): Promise<void> {
    const { journal, publish, logger, now } = this.#options;
    const { placementGroupId, state: from } = group;
    const state =
      to === from ? to : transition(placementGroupTransitions, 'Placement group', placementGroupId, from, to);
    const stateSinceMs = to === from ? group.stateSinceMs : now();
    const next = { ...group, ...change, state, stateSinceMs };
    logger.info({ placementGroupId, from, to: state, reason: next.reason }, 'placement group');
    await journal.putPlacementGroup(next);
    publish(next);
  }
}
