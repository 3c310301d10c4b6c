import type { Transitions } from '../../src/core/state-machine.js';

/**
 * The life of a placement group. Names are Ray's.
 *
 *     PENDING ──► PREPARED ──► CREATED
 *                  ▲    │         │
 *                  │    ▼         ▼
 *                RESCHEDULING ◄───┘        any ──► REMOVED
 */
export const PlacementGroupState = {
  /** Waits for resources, or for the answers of the nodes that were asked to prepare its bundles. */
  PENDING: 'PENDING',
  /** Every node has reserved its bundles and the head has stored that; the commits are on their way. */
  PREPARED: 'PREPARED',
  /** All bundles are committed: actors may use them. */
  CREATED: 'CREATED',
  /** Bundles were lost with their node and need another; the others stay, with the actors in them. */
  RESCHEDULING: 'RESCHEDULING',
  /** Removed by its user or with its creator; the end. */
  REMOVED: 'REMOVED',
} as const;

export type PlacementGroupState = (typeof PlacementGroupState)[keyof typeof PlacementGroupState];

/** From each state, the states that may follow; `transition` of core checks it. */
export const placementGroupTransitions: Transitions<PlacementGroupState> = {
  PENDING: ['PREPARED', 'REMOVED'],
  PREPARED: ['CREATED', 'RESCHEDULING', 'REMOVED'],
  CREATED: ['RESCHEDULING', 'REMOVED'],
  RESCHEDULING: ['PREPARED', 'REMOVED'],
  REMOVED: [],
};
