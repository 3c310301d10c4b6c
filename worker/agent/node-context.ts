import type { RuntimeEnv } from '../../src/rpc/index.js';
import type { ProcessIdentity } from '../actor/process-messages.js';
import type { HostedProcess } from './hosted-process.js';
import type { ProcessEnvironment } from './process-environment.js';

/** Whose lines a process prints, for who reads them. */
export interface LogOrigin {
  readonly jobId: string;
  /** The class of the actor, or the name of the task that runs now; empty for the worker itself. */
  readonly source: () => string;
  readonly actorName: string;
}

/** What the actors and the task workers of a node share. */
export interface NodeContext {
  readonly identity: ProcessIdentity;
  /** @throws {RuntimeEnvSetupError} when this node can't have the environment. */
  readonly prepareEnvironment: (runtimeEnv: RuntimeEnv | null | undefined) => Promise<ProcessEnvironment>;
  /** A process that nobody has used. */
  readonly takeProcess: (environment: ProcessEnvironment) => HostedProcess;
  /** Sends what the process prints on to its job, from its first line on. */
  readonly followLogs: (process: HostedProcess, origin: LogOrigin) => void;
  /** Sends the last lines of a process that is gone. */
  readonly finishLogs: (process: HostedProcess) => void;
  /** True when the kernel has ended processes for want of memory since this was asked last. */
  readonly sawOutOfMemory: () => boolean;
}
