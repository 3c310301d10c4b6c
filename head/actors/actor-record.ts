import type {
  ActorId,
  JobId,
  NodeId,
  PlacementGroupId,
  Resources,
  Transitions,
  WorkerId,
} from '../../src/core/index.js';

export type ActorState = 'PENDING_CREATION' | 'ALIVE' | 'DEAD';

export const actorTransitions: Transitions<ActorState> = {
  PENDING_CREATION: ['ALIVE', 'DEAD'],
  ALIVE: ['DEAD'],
  DEAD: [],
};

export type ActorDeathKind =
  | 'PROCESS_EXITED'
  | 'KILLED'
  | 'CONSTRUCTOR_FAILED'
  | 'NODE_DIED'
  | 'OWNER_DIED'
  | 'PLACEMENT_GROUP_REMOVED'
  | 'UNSCHEDULABLE';

/** How an actor ended, as far as the head needs to read it; the agent's whole report goes on to the owner unread. */
export interface ActorDeathRecord {
  readonly kind: ActorDeathKind;
  readonly message: string;
}

export interface ActorAddressRecord {
  readonly nodeId: NodeId;
  readonly hostname: string;
  readonly pid: number;
  readonly rpcAddress: string;
  readonly workerId: WorkerId;
  readonly gpuIds: readonly string[];
}

export interface ActorRecord {
  readonly actorId: ActorId;
  readonly jobId: JobId;
  readonly state: ActorState;
  readonly className: string;
  readonly name: string;
  /** Fixed point. */
  readonly resources: Resources;
  /** Where the actor must run; undefined: anywhere. */
  readonly bundle: { readonly placementGroupId: PlacementGroupId; readonly bundleIndex: number } | undefined;
  /** The node chosen for it: set once it is being started. */
  readonly nodeId: NodeId | undefined;
  readonly address: ActorAddressRecord | undefined;
  readonly death: ActorDeathRecord | undefined;
  /** The ActorSpec in its wire form, base64: opaque to the head, handed to the agent as it came. */
  readonly spec: string;
}
