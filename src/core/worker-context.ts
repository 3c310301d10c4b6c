import type { Credentials } from './credentials.js';
import type { ActorId, JobId, NodeId, WorkerId } from './ids.js';

/** Where a worker process runs: set once, before user code is loaded; undefined in a driver. */
export interface WorkerContext {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly jobId: JobId;
  readonly workerId: WorkerId;
  readonly hostname: string;
  /** The address that this process's servers bind. */
  readonly host: string;
  /** host:port of this process's WorkerService. */
  readonly rpcAddress: string;
  /** host:port of the head, its present place first where there are several; and of the agent of this node. */
  readonly headAddress: string;
  readonly agentAddress: string;
  /** Where the agent of this node keeps its files, 0700; its logs are in `logs` there. */
  readonly sessionDirectory: string;
  /** For connections to other processes of the cluster. */
  readonly credentials: Credentials;
  /** Devices leased to the process, by their number on the node. */
  readonly gpuIds: readonly string[];
  /** Undefined in a worker that runs tasks. */
  readonly actor: ActorFacts | undefined;
}

/** What a process knows of the actor that it is. */
export interface ActorFacts {
  readonly actorId: ActorId;
  /** Empty without one. */
  readonly name: string;
  readonly namespace: string;
  /** How often it was started before. */
  readonly numRestarts: number;
  /** The group in whose bundle it lives; empty for none. */
  readonly placementGroupId: string;
  /** The group that what it creates goes into, unless it says otherwise; empty for none. */
  readonly capturedPlacementGroupId: string;
  /** Lets other hosts reach a ring of this process; see src/channel/bridge. */
  exposeChannel(channelId: string, segmentPath: string): void;
  /** Ends the process in order: the actor is not restarted. */
  exit(message: string): void;
}

const key = Symbol.for('ray-ts.worker-context');
const holder = globalThis as unknown as Record<symbol, WorkerContext | undefined>;

export function setWorkerContext(context: WorkerContext): void {
  holder[key] = context;
}

export const workerContext = (): WorkerContext | undefined => holder[key];
