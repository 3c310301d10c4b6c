import type { NodeId, Resources, Transitions } from '../../src/core/index.js';

export type NodeState = 'ALIVE' | 'DEAD';

/** A dead node stays dead: an agent that comes back after its lease registers under a new id. */
export const nodeTransitions: Transitions<NodeState> = { ALIVE: ['DEAD'], DEAD: [] };

export interface NodeRecord {
  readonly nodeId: NodeId;
  readonly state: NodeState;
  readonly hostname: string;
  /** host:port of the node's AgentService. */
  readonly agentAddress: string;
  readonly pid: number;
  readonly isHeadNode: boolean;
  /** Fixed point. */
  readonly total: Resources;
  /** Why the node is dead; empty while it lives. */
  readonly deathReason: string;
}
