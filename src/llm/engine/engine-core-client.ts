import {
  ChannelClosedError,
  Deferred,
  EngineDeadError,
  IllegalStateError,
  InvalidArgumentError,
  type RayError,
  toError,
} from '../../core/index.js';
import type { LaunchHooks } from '../executor/executor-launcher.js';
import { VERDICT_MS } from '../executor/root-failure.js';
import type { GrammarVocabulary } from '../structured-output/grammar-backend.js';
import type { EngineClient, OutputSink } from './engine-client.js';
import type { EngineCoreLink } from './engine-core-link.js';
import type { EngineCoreMessage, EngineCoreOutputs } from './engine-core-messages.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine-core-request.js';
import { fromErrorRecord } from './error-record.js';
import { PendingCalls } from './pending-calls.js';
import type { UtilityCall } from './utility-call.js';

/** Steps are short, and a blocked wait is aborted: longer than this means that it hangs in native code. */
const SHUTDOWN_GRACE_MS = 10_000;

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** A ring was closed, so a rank is gone: which one, and why, its own failure tells in a moment. */
  | { readonly kind: 'broken'; readonly verdict: NodeJS.Timeout }
  | { readonly kind: 'failed'; readonly error: RayError }
  | { readonly kind: 'closed' };

export interface EngineCoreClientHooks extends LaunchHooks {
  /** Called with every step that gave outputs, before the requests' sinks. */
  readonly onStep?: ((step: EngineCoreOutputs) => void) | undefined;
}

/**
 * One engine core as its users' thread sees it. It keeps the process alive only while requests are unfinished, so a
 * program that forgets to shut down still ends.
 */
export class EngineCoreClient implements EngineClient {
  readonly #link: EngineCoreLink;
  readonly #sinks = new Map<string, OutputSink>();
  readonly #calls = new PendingCalls();
  readonly #ready = new Deferred<void>();
  readonly #failed = new Deferred<RayError>();
  readonly #exited = new Deferred<void>();
  readonly #hooks: EngineCoreClientHooks;
  #state: State = { kind: 'starting' };

  private constructor(link: EngineCoreLink, hooks: EngineCoreClientHooks) {
    this.#link = link;
    this.#hooks = hooks;
    link.listen({ onMessage: (message) => this.#receive(message), onEnd: (error) => this.#onEnd(error) });
  }

  /**
   * Takes over a link that was just opened; resolves when the engine core's executor has loaded the model.
   * @throws {RayError} what loading failed with; nothing is left running.
   */
  static async start(link: EngineCoreLink, hooks: EngineCoreClientHooks = {}): Promise<EngineCoreClient> {
    const client = new EngineCoreClient(link, hooks);
    await client.#ready.promise;
    link.unref();
    return client;
  }

  /** @returns 0: this is the only one. */
  addRequest(request: EngineCoreRequest, sink: OutputSink): number {
    this.#requireRunning();
    this.#sinks.set(request.requestId, sink);
    this.#link.ref();
    this.#link.post({ type: 'add', request });
    return 0;
  }

  setVocabulary(vocabulary: GrammarVocabulary): void {
    this.#requireRunning();
    this.#link.post({ type: 'vocabulary', vocabulary });
  }

  abortRequests(requestIds: readonly string[]): void {
    const known = requestIds.filter((requestId) => this.#forget(requestId));
    if (known.length > 0 && this.#isOpen()) this.#link.post({ type: 'abort', requestIds: known });
  }

  async callUtility(call: UtilityCall): Promise<unknown> {
    this.#requireRunning();
    const { callId, result } = this.#calls.open();
    this.#link.ref();
    try {
      this.#link.post({ type: 'utility', callId, call });
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

  fail(error: RayError): void {
    if (!this.#isOpen()) return;
    if (this.#state.kind === 'broken') clearTimeout(this.#state.verdict);
    this.#state = { kind: 'failed', error };
    this.#ready.reject(error);
    this.#endSinks(error);
    this.#link.post({ type: 'shutdown' });
    this.#failed.resolve(error);
  }

  onFailure(callback: (error: RayError) => void): void {
    void this.#failed.promise.then(callback);
  }

  /** Ends the engine core; unfinished requests fail. Idempotent. */
  async shutdown(): Promise<void> {
    if (this.#isOpen()) {
      if (this.#state.kind === 'broken') clearTimeout(this.#state.verdict);
      this.#state = { kind: 'closed' };
      this.#endSinks(new IllegalStateError('The engine was shut down before the request finished.'));
      this.#link.post({ type: 'shutdown' });
    }
    this.#link.ref();
    const grace = setTimeout(() => this.#link.terminate(), SHUTDOWN_GRACE_MS);
    await this.#exited.promise;
    clearTimeout(grace);
  }

  #receive(message: EngineCoreMessage): void {
    switch (message.type) {
      case 'progress':
        this.#hooks.onProgress?.(message.progress);
        break;
      case 'log':
        this.#hooks.onLog?.(message.line);
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

  #onEnd(error: RayError | undefined): void {
    if (error !== undefined || this.#state.kind !== 'broken') {
      this.fail(error ?? new EngineDeadError('The engine core ended.'));
    }
    this.#exited.resolve();
  }

  #onCoreFailure(error: RayError): void {
    if (this.#state.kind !== 'running' || !(error instanceof ChannelClosedError)) this.fail(error);
    else this.#state = { kind: 'broken', verdict: setTimeout(() => this.fail(error), VERDICT_MS) };
  }

  get failure(): RayError | undefined {
    return this.#state.kind === 'failed' ? this.#state.error : undefined;
  }

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
    if (this.#sinks.size === 0 && this.#calls.size === 0) this.#link.unref();
  }

  #endSinks(error: RayError): void {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    this.#calls.rejectAll(error);
    this.#link.unref();
    for (const sink of sinks) sink.onError(error);
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
