import type { ExecutorConfig } from '../executor/executor-config.js';
import type { LoadProgress } from '../executor/executor-launcher.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import type { SchedulerStats } from '../scheduler/scheduler-stats.js';
import type { GrammarVocabulary } from '../structured-output/grammar-backend.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import type { ErrorRecord } from './error-record.js';
import type { RequestAdmission } from './request-admissions.js';
import type { UtilityCall } from './utility-call.js';

/** What the engine core's thread is built from. */
export interface EngineCoreConfig {
  readonly executor: ExecutorConfig;
  readonly scheduler: SchedulerConfig;
}

/** To the engine core. */
export type ClientMessage =
  | { readonly type: 'add'; readonly request: EngineCoreRequest }
  /** Comes before the first request with a grammar. */
  | { readonly type: 'vocabulary'; readonly vocabulary: GrammarVocabulary }
  | { readonly type: 'abort'; readonly requestIds: readonly string[] }
  /** Answered by a message of the same `callId`. */
  | { readonly type: 'utility'; readonly callId: number; readonly call: UtilityCall }
  | { readonly type: 'shutdown' };

/** What one step gave. */
export interface EngineCoreOutputs {
  readonly outputs: readonly EngineCoreOutput[];
  /** Requests that had their first part in a step since the last message. */
  readonly admissions: readonly RequestAdmission[];
  /** After the step. */
  readonly stats: SchedulerStats;
  /** When the step ended: milliseconds of `processTime`. */
  readonly time: number;
}

/** From the engine core, or from the process that it is in. */
export type EngineCoreMessage =
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  /** For the `onLog` of who launches it. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'ready' }
  | { readonly type: 'outputs'; readonly step: EngineCoreOutputs }
  /** The request ended with an error of its own. */
  | { readonly type: 'request-failed'; readonly requestId: string; readonly error: ErrorRecord }
  | { readonly type: 'utility-result'; readonly callId: number; readonly result: unknown }
  | { readonly type: 'utility-error'; readonly callId: number; readonly error: ErrorRecord }
  | { readonly type: 'failed'; readonly error: ErrorRecord };

/** Handed to the thread when it starts. The bell rings after every message: the engine core sleeps on it when idle. */
export interface EngineCoreThreadData {
  readonly config: EngineCoreConfig;
  /** int32 [1] in shared memory: counts the messages sent to the engine core. */
  readonly bell: Int32Array;
}
