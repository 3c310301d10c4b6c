import type { ExecutorConfig } from '../executor/executor-config.js';
import type { LoadProgress } from '../executor/executor-launcher.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import type { ErrorRecord } from './error-record.js';

/** What the engine core's thread is built from. */
export interface EngineCoreConfig {
  readonly executor: ExecutorConfig;
  readonly scheduler: SchedulerConfig;
}

/** From the client's thread. Ring the bell after sending: the engine core sleeps on it when idle. */
export type ClientMessage =
  | { readonly type: 'add'; readonly request: EngineCoreRequest }
  | { readonly type: 'abort'; readonly requestIds: readonly string[] }
  | { readonly type: 'shutdown' };

/** From the engine core's thread. */
export type EngineCoreMessage =
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'ready' }
  | { readonly type: 'outputs'; readonly outputs: readonly EngineCoreOutput[] }
  | { readonly type: 'failed'; readonly error: ErrorRecord };

/** Handed to the thread when it starts. */
export interface EngineCoreThreadData {
  readonly config: EngineCoreConfig;
  /** int32 [1] in shared memory: counts the messages sent to the engine core. */
  readonly bell: Int32Array;
}
