import type {
  ActorId,
  JobId,
  NodeId,
  PlacementGroupId,
  Resources,
  Transitions,
  WorkerId,
} from '../../src/core/index.js';
import { mergeNeeds } from '../placement/choose-node.js';
import type { LabelSelector } from '../placement/label-selector.js';
import type { NodeRequest, NodeStrategy } from '../placement/node-request.js';

/** RESTARTING is PENDING_CREATION the second time and later: what runs there waits for another process. */
export type ActorState = 'PENDING_CREATION' | 'ALIVE' | 'RESTARTING' | 'DEAD';

/**
 * The life of an actor. Names are Ray's.
 *
 *     PENDING_CREATION ──► ALIVE ──► RESTARTING        any ──► DEAD
 *            │               ▲          │  ▲
 *            └──────────────────────────┼──┘ the process ended before its constructor had returned
 *                            └──────────┘
 */
export const actorTransitions: Transitions<ActorState> = {
  PENDING_CREATION: ['ALIVE', 'RESTARTING', 'DEAD'],
  ALIVE: ['RESTARTING', 'DEAD'],
  RESTARTING: ['ALIVE', 'RESTARTING', 'DEAD'],
  DEAD: [],
};

export type ActorDeathKind =
  | 'PROCESS_EXITED'
  | 'KILLED'
  | 'CONSTRUCTOR_FAILED'
  | 'NODE_DIED'
  | 'OWNER_DIED'
  | 'PLACEMENT_GROUP_REMOVED'
  | 'UNSCHEDULABLE'
  | 'OUT_OF_SCOPE'
  | 'OUT_OF_MEMORY'
  | 'RUNTIME_ENV_FAILED';

/** How an actor ended, as far as the head needs to read it; the agent's whole report goes on to those who follow the actor. */
export interface ActorDeathRecord {
  readonly kind: ActorDeathKind;
  readonly message: string;
  /** The agent's whole word on it in its wire form, base64, for those who ask later; none where the head found out itself. */
  readonly report?: string;
}

/** An end that was decided by the head: the death that the actor will have. */
export interface ActorEnding extends ActorDeathRecord {
  /** The calls that wait run first. */
  readonly isGraceful: boolean;
}

export interface ActorAddressRecord {
  readonly nodeId: NodeId;
  readonly hostname: string;
  readonly pid: number;
  readonly rpcAddress: string;
  readonly workerId: WorkerId;
  readonly gpuIds: readonly string[];
}

/** A place in a placement group. */
export interface BundlePlace {
  readonly placementGroupId: PlacementGroupId;
  /** -1: any bundle of the group. */
  readonly bundleIndex: number;
}

export interface ActorRecord {
  readonly actorId: ActorId;
  readonly jobId: JobId;
  readonly state: ActorState;
  readonly className: string;
  /** Unique in its namespace while the actor lives; empty for none. */
  readonly name: string;
  readonly namespace: string;
  /** It outlives its job and the worker that made it. */
  readonly isDetached: boolean;
  /** The process that made it: without it the actor ends, unless it is detached. */
  readonly ownerWorkerId: WorkerId | undefined;
  /** Fixed point: what it holds for life. */
  readonly resources: Resources;
  /** Fixed point: what must be free where it is placed, but is not held while it runs. */
  readonly placementResources: Resources;
  readonly strategy: NodeStrategy;
  readonly labelSelectors: readonly LabelSelector[];
  /** Where the actor must run, as it asked; undefined: anywhere. */
  readonly bundle: BundlePlace | undefined;
  /** -1: any number. */
  readonly maxRestarts: number;
  /** How often its process was started again. */
  readonly numRestarts: number;
  /** Those of `numRestarts` that do not count against `maxRestarts`: the cluster itself had ended the process. */
  readonly numFreeRestarts: number;
  /** The node chosen for it: set once it is being started. */
  readonly nodeId: NodeId | undefined;
  /** The bundle chosen for it, with `nodeId`. */
  readonly bundleIndex: number | undefined;
  readonly address: ActorAddressRecord | undefined;
  /** Its latest processes that have ended, by worker id: agents tell of deaths more than once. */
  readonly endedWorkerIds: readonly WorkerId[];
  /** Of a dead actor, or why its last process ended. */
  readonly death: ActorDeathRecord | undefined;
  /** Set once it was decided that it ends for good, and its node is being asked to end it. */
  readonly ending: ActorEnding | undefined;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  /** Unix milliseconds: since when it is in its state. */
  readonly stateSinceMs: number;
  /** Unix milliseconds of the first time that it was ALIVE; 0 before that. */
  readonly startedAtMs: number;
  /** The ActorSpec in its wire form, base64: opaque to the head, handed to the agent as it came. Empty once it is dead. */
  readonly spec: string;
}

/** True when the actor waits to be given a node. */
export const needsNode = ({ state, nodeId }: ActorRecord): boolean =>
  (state === 'PENDING_CREATION' || state === 'RESTARTING') && !nodeId;

/** True when the actor is being started: its node may have been asked, or not. */
export const isStarting = (actor: ActorRecord): actor is ActorRecord & { readonly nodeId: NodeId } =>
  (actor.state === 'PENDING_CREATION' || actor.state === 'RESTARTING') && actor.nodeId !== undefined;

/** What must be free where the actor is placed: it may hold less of it once it runs. Fixed point. */
export const needsOf = ({ resources, placementResources }: ActorRecord): Resources =>
  mergeNeeds(resources, placementResources);

/** What the actor wants of a node, outside of placement groups. */
export function nodeRequestOf(actor: ActorRecord): NodeRequest {
  const { strategy, labelSelectors } = actor;
  return { resources: needsOf(actor), strategy, labelSelectors };
}
