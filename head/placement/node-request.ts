import type { NodeId, Resources } from '../../src/core/index.js';
import type { LabelSelector } from './label-selector.js';

/** How a node is chosen for an actor, or for the worker of a task, that is in no placement group. Names are Ray's. */
export type NodeStrategy =
  /** The fullest node that is not yet half full, then the emptiest. */
  | { readonly kind: 'DEFAULT' }
  /** One node after the other. */
  | { readonly kind: 'SPREAD' }
  /** That node and no other; a soft one goes elsewhere when the node is gone or can never hold the request. */
  | { readonly kind: 'NODE_AFFINITY'; readonly nodeId: NodeId; readonly isSoft: boolean };

/** What somebody wants of a single node. */
export interface NodeRequest {
  /** Fixed point: what must be free there. */
  readonly resources: Resources;
  readonly strategy: NodeStrategy;
  /** Conditions on the node's labels: the first for which there is a node counts, the others are its fallbacks. At least one. */
  readonly labelSelectors: readonly LabelSelector[];
  /** Bytes of the request's arguments by node. */
  readonly locality?: Readonly<Record<NodeId, number>>;
}
