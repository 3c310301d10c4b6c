import type { NodeId, Resources, Transitions } from '../../src/core/index.js';

/**
 * AWAITED: it counts, but takes no work. Known from before the head was started again, and not back yet; or new, and not told
 * yet that it is in the cluster.
 */
export type NodeState = 'ALIVE' | 'AWAITED' | 'DEAD';

/** A dead node stays dead: an agent that comes back after its lease registers under a new id. */
export const nodeTransitions: Transitions<NodeState> = { ALIVE: ['DEAD'], AWAITED: ['ALIVE', 'DEAD'], DEAD: [] };

export interface NodeRecord {
  readonly nodeId: NodeId;
  readonly state: NodeState;
  readonly hostname: string;
  /** For people; its address unless its operator gave it another. */
  readonly nodeName: string;
  /** host:port of the node's AgentService. */
  readonly agentAddress: string;
  readonly pid: number;
  readonly isHeadNode: boolean;
  /** Fixed point. */
  readonly total: Resources;
  /** Capacity of its object store. */
  readonly objectStoreBytes: number;
  /** What its operator, or its hardware, says of it: conditions on where work may run are about these. */
  readonly labels: Readonly<Record<string, string>>;
  /** It takes no more work; what runs there goes on. */
  readonly isDraining: boolean;
  /** Why the node is dead; empty while it lives. */
  readonly deathReason: string;
  /** When it first registered, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** When it was declared dead; 0 while it lives. */
  readonly endedAtMs: number;
}

/** True for a node that is there, or is to come back. */
export const isExpected = (node: NodeRecord | undefined): boolean => node !== undefined && node.state !== 'DEAD';
