import type { Credentials } from './credentials.js';
import type { ActorId, JobId, NodeId } from './ids.js';

/** Where an actor runs: set once in an actor process, before its class is loaded; undefined in a driver. */
export interface ActorContext {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly actorId: ActorId;
  readonly jobId: JobId;
  readonly hostname: string;
  /** The address that this process's servers bind. */
  readonly host: string;
  /** For connections to other processes of the cluster. */
  readonly credentials: Credentials;
  /** Devices leased to the actor, by their number on the node. */
  readonly gpuIds: readonly string[];
  /** Lets other hosts reach a ring of this process; see src/channel/bridge. */
  exposeChannel(channelId: string, segmentPath: string): void;
}

const key = Symbol.for('ray-ts.actor-context');
const holder = globalThis as unknown as Record<symbol, ActorContext | undefined>;

export function setActorContext(context: ActorContext): void {
  holder[key] = context;
}

export const actorContext = (): ActorContext | undefined => holder[key];
