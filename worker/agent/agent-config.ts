import type { Credentials, Resources } from '../../src/core/index.js';

/** What the process that starts an agent tells it, over its IPC channel. */
export interface AgentConfig {
  /** host:port of the head, or several with commas between. */
  readonly headAddress: string;
  readonly credentials: Credentials;
  readonly version: string;
  /** This node's own address: its servers and those of its actors bind it. */
  readonly host: string;
  readonly isHeadNode: boolean;
  readonly sessionDirectory: string;
  /** Undefined: this machine's. */
  readonly numCpus: number | undefined;
  /** Undefined: those found. A number above those found makes logical GPUs, as in Ray. */
  readonly numGpus: number | undefined;
  /** Bytes that can be asked for as `memory`; default 70 % of what is available, less the object store. */
  readonly memory?: number | undefined;
  /** Bytes of the node's object store; default 30 % of the available memory. */
  readonly objectStoreMemory?: number | undefined;
  /** Custom resources, as people write them. */
  readonly resources: Resources;
  readonly labels?: Readonly<Record<string, string>>;
  /** For people; default the node's address. */
  readonly nodeName?: string | undefined;
}

/** What the agent tells the process that started it. */
export interface AgentReady {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly address: string;
  /** Fixed point. */
  readonly resources: Resources;
}
