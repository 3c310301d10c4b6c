import type { NodeId, Resources } from '../../../src/core/index.js';
import type { NodeCapacity } from '../node-capacity.js';

/** The node of each bundle, by the bundle's index; undefined when the bundles do not fit together. */
export type Placement = readonly NodeId[] | undefined;

/**
 * One way to place all bundles of a group at once or none. Nodes come sorted by id, which settles ties, so that the same
 * cluster gives the same answer.
 */
export type Strategy = (bundles: readonly Resources[], nodes: readonly NodeCapacity[]) => Placement;
