/** What an agent and its actor processes tell each other over the IPC channel (advanced serialization: bytes stay bytes). */

export interface StartActorMessage {
  readonly kind: 'start-actor';
  /** An ActorSpec, encoded. */
  readonly spec: Uint8Array;
  readonly clusterId: string;
  readonly nodeId: string;
  readonly hostname: string;
  /** The address to bind. */
  readonly host: string;
  readonly token: string;
  readonly gpuIds: readonly string[];
  readonly workerId: string;
}

export type ActorProcessMessage =
  /** The constructor returned and calls are answered at `rpcAddress`. */
  | { readonly kind: 'alive'; readonly rpcAddress: string }
  /** The class could not be loaded or its constructor threw; the process ends. `error` is an ErrorDetail, encoded. */
  | { readonly kind: 'failed'; readonly error: Uint8Array };
