import { Worker } from 'node:worker_threads';
import {
  builtModule,
  ChannelClosedError,
  Deferred,
  EngineDeadError,
  IllegalStateError,
  InvalidArgumentError,
  type RayError,
  toError,
} from '../../core/index.js';
import { raiseAbortFlag } from '../executor/abort-flag.js';
import type { LoadProgress } from '../executor/executor-launcher.js';
import { VERDICT_MS } from '../executor/root-failure.js';
import type { GrammarVocabulary } from '../structured-output/grammar-backend.js';
import type {
  ClientMessage,
  EngineCoreConfig,
  EngineCoreMessage,
  EngineCoreOutputs,
  EngineCoreThreadData,
} from './engine-core-messages.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import { fromErrorRecord } from './error-record.js';
import { PendingCalls } from './pending-calls.js';
import type { UtilityCall } from './utility-call.js';

/** Steps are short, and a blocked wait is aborted: longer than this means that the thread hangs in native code. */
const SHUTDOWN_GRACE_MS = 10_000;

/** Receives what becomes of one request: any number of outputs, then no more calls after the last or after an error. */
export interface OutputSink {
  /** The last output has a `finishReason`. */
  onOutput(output: EngineCoreOutput): void;
  onError(error: RayError): void;
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** A ring was closed, so a rank is gone: which one, and why, its own failure tells in a moment. */
  | { readonly kind: 'broken'; readonly verdict: NodeJS.Timeout }
  | { readonly kind: 'failed'; readonly error: RayError }
  | { readonly kind: 'closed' };

export interface EngineCoreClientHooks {
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called with every step that gave outputs, before the requests' sinks. */
  readonly onStep?: ((step: EngineCoreOutputs) => void) | undefined;
}

/**
 * The engine core as its users' thread sees it. The thread it runs in keeps the process alive only while requests are
 * unfinished, so a program that forgets to shut down still ends.
 */
export class EngineCoreClient {
  readonly #config: EngineCoreConfig;
  readonly #worker: Worker;
  readonly #bell: Int32Array;
  readonly #sinks = new Map<string, OutputSink>();
  readonly #calls = new PendingCalls();
  readonly #ready = new Deferred<void>();
  readonly #failed = new Deferred<RayError>();
  readonly #exited = new Deferred<void>();
  readonly #hooks: EngineCoreClientHooks;
  #state: State = { kind: 'starting' };

  private constructor(config: EngineCoreConfig, hooks: EngineCoreClientHooks) {
    this.#config = config;
    this.#hooks = hooks;
    this.#bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const workerData: EngineCoreThreadData = { config, bell: this.#bell };
    this.#worker = new Worker(builtModule('src/llm/engine/engine-core-thread.js'), { workerData, name: 'engine-core' });
    this.#worker.on('message', (message: EngineCoreMessage) => this.#receive(message));
    this.#worker.on('error', (cause) => this.fail(new EngineDeadError('The engine core thread crashed.', { cause })));
    this.#worker.on('exit', () => {
      if (this.#state.kind !== 'broken') this.fail(new EngineDeadError('The engine core thread ended.'));
      this.#exited.resolve();
    });
  }

  /**
   * Starts the thread and resolves when its executor has loaded the model.
   * @throws {RayError} what loading failed with; nothing is left running.
   */
  static async start(config: EngineCoreConfig, hooks: EngineCoreClientHooks = {}): Promise<EngineCoreClient> {
    const client = new EngineCoreClient(config, hooks);
    await client.#ready.promise;
    client.#worker.unref();
    return client;
  }

  /**
   * Hands a validated request to the engine core. An id is used once: outputs of an aborted request may still come.
   * @throws {EngineDeadError} when the engine failed earlier; `cause` says why.
   * @throws {IllegalStateError} after shutdown.
   */
  addRequest(request: EngineCoreRequest, sink: OutputSink): void {
    this.#requireRunning();
    this.#sinks.set(request.requestId, sink);
    this.#worker.ref();
    this.#send({ type: 'add', request });
  }

  /** Tells the engine core the model's tokens; requests with a grammar need them. */
  setVocabulary(vocabulary: GrammarVocabulary): void {
    this.#requireRunning();
    this.#send({ type: 'vocabulary', vocabulary });
  }

  /** Ends requests; their sinks are not called again. Unknown ids are ignored. */
  abortRequests(requestIds: readonly string[]): void {
    const known = requestIds.filter((requestId) => this.#forget(requestId));
    if (known.length > 0 && this.#isOpen()) this.#send({ type: 'abort', requestIds: known });
  }

  /**
   * Calls the engine core between two steps.
   * @throws {RayError} what the call failed with, or the engine before it answered.
   * @throws {InvalidArgumentError} for arguments that can't be copied to another thread, such as functions.
   */
  async callUtility(call: UtilityCall): Promise<unknown> {
    this.#requireRunning();
    const { callId, result } = this.#calls.open();
    this.#worker.ref();
    try {
      this.#send({ type: 'utility', callId, call });
    } catch (cause) {
      const reason = toError(cause).message;
      this.#calls.reject(callId, new InvalidArgumentError(`${call.method} can't be sent: ${reason}`, { cause }));
    }
    try {
      return await result;
    } finally {
      this.#unrefIfIdle();
    }
  }

  /** Fails every unfinished and every later request with this error, and ends the thread. Only the first call counts. */
  fail(error: RayError): void {
    if (!this.#isOpen()) return;
    if (this.#state.kind === 'broken') clearTimeout(this.#state.verdict);
    this.#state = { kind: 'failed', error };
    this.#ready.reject(error);
    this.#endSinks(error);
    this.#requestEnd();
    this.#failed.resolve(error);
  }

  /** Calls back once when the engine fails, at once if it has; not when it is shut down. */
  onFailure(callback: (error: RayError) => void): void {
    void this.#failed.promise.then(callback);
  }

  /** Ends the thread; unfinished requests fail. Idempotent. */
  async shutdown(): Promise<void> {
    if (this.#isOpen()) {
      if (this.#state.kind === 'broken') clearTimeout(this.#state.verdict);
      this.#state = { kind: 'closed' };
      this.#endSinks(new IllegalStateError('The engine was shut down before the request finished.'));
      this.#requestEnd();
    }
    this.#worker.ref();
    const grace = setTimeout(() => void this.#worker.terminate(), SHUTDOWN_GRACE_MS);
    await this.#exited.promise;
    clearTimeout(grace);
  }

  #receive(message: EngineCoreMessage): void {
    switch (message.type) {
      case 'progress':
        this.#hooks.onProgress?.(message.progress);
        break;
      case 'ready':
        if (this.#state.kind === 'starting') this.#state = { kind: 'running' };
        this.#ready.resolve();
        break;
      case 'outputs':
        this.#hooks.onStep?.(message.step);
        for (const output of message.step.outputs) this.#deliver(output);
        break;
      case 'request-failed':
        this.#failRequest(message.requestId, fromErrorRecord(message.error));
        break;
      case 'utility-result':
        this.#calls.resolve(message.callId, message.result);
        break;
      case 'utility-error':
        this.#calls.reject(message.callId, fromErrorRecord(message.error));
        break;
      case 'failed':
        this.#onCoreFailure(fromErrorRecord(message.error));
    }
  }

  #onCoreFailure(error: RayError): void {
    if (this.#state.kind !== 'running' || !(error instanceof ChannelClosedError)) this.fail(error);
    else this.#state = { kind: 'broken', verdict: setTimeout(() => this.fail(error), VERDICT_MS) };
  }

  /** The engine failed and takes no more requests; why. */
  get failure(): RayError | undefined {
    return this.#state.kind === 'failed' ? this.#state.error : undefined;
  }

  /** It takes requests: neither failed nor shut down. */
  get isRunning(): boolean {
    return this.#state.kind === 'running';
  }

  #isOpen(): boolean {
    return this.#state.kind !== 'failed' && this.#state.kind !== 'closed';
  }

  /** Outputs of aborted requests may still be on their way; they have no sink any more. */
  #deliver(output: EngineCoreOutput): void {
    const sink = this.#sinks.get(output.requestId);
    if (output.finishReason !== undefined) this.#forget(output.requestId);
    sink?.onOutput(output);
  }

  #failRequest(requestId: string, error: RayError): void {
    const sink = this.#sinks.get(requestId);
    this.#forget(requestId);
    sink?.onError(error);
  }

  #forget(requestId: string): boolean {
    const wasKnown = this.#sinks.delete(requestId);
    this.#unrefIfIdle();
    return wasKnown;
  }

  #unrefIfIdle(): void {
    if (this.#sinks.size === 0 && this.#calls.size === 0) this.#worker.unref();
  }

  #endSinks(error: RayError): void {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    this.#calls.rejectAll(error);
    this.#worker.unref();
    for (const sink of sinks) sink.onError(error);
  }

  #requestEnd(): void {
    if (this.#config.executor.kind === 'ring') raiseAbortFlag(this.#config.executor.abortFlag);
    this.#send({ type: 'shutdown' });
  }

  #send(message: ClientMessage): void {
    this.#worker.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #requireRunning(): void {
    if (this.#state.kind === 'closed') throw new IllegalStateError('The engine was shut down.');
    if (this.#state.kind === 'failed') {
      const { error } = this.#state;
      throw new EngineDeadError(`The engine failed earlier: ${error.message}`, {
        cause: error,
        details: error.details,
      });
    }
  }
}
