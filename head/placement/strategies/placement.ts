import type { NodeId } from '../../../src/core/index.js';

/**
 * The node of each bundle, by the bundle's position; undefined when the bundles do not fit together. Strategies get their
 * nodes sorted by id, which settles ties, so that the same cluster gives the same answer. A node takes its bundles in the
 * order of `sortBundles`, as its agent does.
 */
export type Placement = readonly NodeId[] | undefined;
