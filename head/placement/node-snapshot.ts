import type { NodeId, Resources } from '../../src/core/index.js';

/** A node as placement sees it at one moment. Callers pass only nodes that may take work: alive and not draining. */
export interface NodeSnapshot {
  readonly nodeId: NodeId;
  /** host:port of the node's agent, for people. */
  readonly address: string;
  /** Fixed point: everything the node has. */
  readonly total: Resources;
  /** Fixed point: what nobody holds. */
  readonly available: Resources;
  readonly labels?: Readonly<Record<string, string>>;
}
