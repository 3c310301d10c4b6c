import type { RayError } from '../../core/index.js';
import type { GrammarVocabulary } from '../structured-output/grammar-backend.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import type { UtilityCall } from './utility-call.js';

/** Receives what becomes of one request: any number of outputs, then no more calls after the last or after an error. */
export interface OutputSink {
  /** The last output has a `finishReason`. */
  onOutput(output: EngineCoreOutput): void;
  onError(error: RayError): void;
}

/** One engine core, or several that share the requests, as the engine's front end sees them. */
export interface EngineClient {
  /** What the engine failed with, so that it takes no more requests; undefined while it is well. */
  readonly failure: RayError | undefined;
  /** It takes requests: neither failed nor shut down. */
  readonly isRunning: boolean;
  /**
   * Hands a validated request to an engine core. An id is used once: outputs of an aborted request may still come.
   * @returns the index of the engine core that has it.
   * @throws {EngineDeadError} when the engine failed earlier; `cause` says why. @throws {IllegalStateError} after shutdown.
   */
  addRequest(request: EngineCoreRequest, sink: OutputSink): number;
  /** Ends requests; their sinks are not called again. Unknown ids are ignored. */
  abortRequests(requestIds: readonly string[]): void;
  /** Tells the engine core the model's tokens; requests with a grammar need them. */
  setVocabulary(vocabulary: GrammarVocabulary): void;
  /**
   * Calls the engine core between two steps.
   * @throws {RayError} what the call failed with, or the engine before it answered.
   * @throws {InvalidArgumentError} for arguments that can't be copied to another thread, such as functions.
   */
  callUtility(call: UtilityCall): Promise<unknown>;
  /** Fails every unfinished and every later request with this error, and ends the engine core. Only the first call counts. */
  fail(error: RayError): void;
  /** Calls back once when the engine fails, at once if it has; not when it is shut down. */
  onFailure(callback: (error: RayError) => void): void;
}
