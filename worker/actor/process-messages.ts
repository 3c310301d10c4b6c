import type { Credentials } from '../../src/core/index.js';

/** What an agent and its worker processes tell each other over the IPC channel (advanced serialization: bytes stay bytes). */

/** What every process that runs user code is told of where it is. */
export interface ProcessIdentity {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly hostname: string;
  /** The address to bind. */
  readonly host: string;
  readonly credentials: Credentials;
  /** host:port of the head, for a process that uses the API itself. */
  readonly headAddress: string;
  /** host:port of the node's agent, which keeps the node's object store. */
  readonly agentAddress: string;
  /** Where the node's agent keeps its files; its logs are in `logs` there. */
  readonly sessionDirectory: string;
}

/** Makes the process an actor. Its runtime environment's variables are in the spec. */
export interface StartActorMessage extends ProcessIdentity {
  readonly kind: 'start-actor';
  /** An ActorSpec, encoded. */
  readonly spec: Uint8Array;
  readonly gpuIds: readonly string[];
  readonly workerId: string;
  /** Where the runtime environment's program lies on this node; empty: modules are found at the caller's paths. */
  readonly workingDirectory: string;
  /** How often the actor was started before. */
  readonly numRestarts: number;
}

/** Makes the process a worker for the tasks of one job and runtime environment. It answers `alive`, and then runs what leases bring. */
export interface StartWorkerMessage extends ProcessIdentity {
  readonly kind: 'start-worker';
  readonly jobId: string;
  readonly workerId: string;
  readonly gpuIds: readonly string[];
  readonly envVars: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

export type AgentMessage =
  | StartActorMessage
  | StartWorkerMessage
  /**
   * Calls that name this lease are answered from now on, in the bundle of the group if it names one. A caller that is quicker
   * than this message is kept waiting.
   */
  | { readonly kind: 'grant-lease'; readonly leaseId: string; readonly placementGroupId: string }
  /** The lease is over: what still runs for it is told to stop, and its caller's stream is closed. */
  | { readonly kind: 'end-lease'; readonly leaseId: string }
  /** Let the calls that wait run, take no others, and say `exiting`. */
  | { readonly kind: 'terminate' };

export type ActorProcessMessage =
  /** The constructor returned (or the worker is up) and calls are answered at `rpcAddress`. */
  | { readonly kind: 'alive'; readonly rpcAddress: string }
  /** The class could not be loaded or its constructor threw; the process ends. `error` is an ErrorDetail, encoded. */
  | { readonly kind: 'failed'; readonly error: Uint8Array }
  /** The tasks of the lease wait for others: its CPUs may go to someone else until `unblocked`. */
  | { readonly kind: 'blocked'; readonly leaseId: string }
  | { readonly kind: 'unblocked'; readonly leaseId: string }
  /** The task that runs now, for who reads its lines; empty between tasks. Said at changes, not more than some times a second. */
  | { readonly kind: 'running'; readonly name: string }
  /** The process ends on purpose (exitActor, or as it was told): no restart follows. */
  | { readonly kind: 'exiting'; readonly message: string };
