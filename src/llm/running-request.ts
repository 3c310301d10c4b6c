import { InternalError, type RayError, toError } from '../core/index.js';
import type { OutputDelta } from './completion-builder.js';
import type { EngineClient } from './engine/engine-client.js';
import type { EngineCoreOutput, EngineCoreRequest } from './engine/engine-core-request.js';
import type { EngineObserver } from './metrics/engine-observer.js';
import type { OutputKind, RequestOutput } from './outputs.js';
import type { RequestOutputBuilder } from './request-output-builder.js';

/** Receives what becomes of one request; nothing is called after a finished output or `onError`. Must not throw. */
export interface RequestCallbacks {
  /** What every token adds, whatever the kind of the outputs. */
  readonly onDelta?: ((delta: OutputDelta) => void) | undefined;
  /** The last one is `finished`; of the kind `final-only` there is no other. */
  readonly onOutput: (output: RequestOutput) => void;
  readonly onError: (error: RayError) => void;
}

export interface RunningRequestSpec {
  readonly builder: RequestOutputBuilder;
  readonly kind: OutputKind;
  readonly callbacks: RequestCallbacks;
}

export interface RunningRequestContext {
  readonly client: EngineClient;
  readonly observer: EngineObserver | undefined;
  /** Called once, before the last callback. */
  readonly onEnd: () => void;
}

/** A request on its way through the engine core: one core request for each completion, and who is told. */
export class RunningRequest implements RunningRequestSpec {
  readonly builder: RequestOutputBuilder;
  readonly kind: OutputKind;
  readonly callbacks: RequestCallbacks;
  readonly #children: readonly EngineCoreRequest[];
  readonly #context: RunningRequestContext;
  #hasEnded = false;

  /** @param children one for each completion, in the order of their indices. */
  constructor(children: readonly EngineCoreRequest[], spec: RunningRequestSpec, context: RunningRequestContext) {
    this.builder = spec.builder;
    this.kind = spec.kind;
    this.callbacks = spec.callbacks;
    this.#children = children;
    this.#context = context;
  }

  /** @throws {EngineDeadError} after a failure of the engine. */
  start(): void {
    const { client, observer } = this.#context;
    const engines = this.#children.map((child, index) =>
      client.addRequest(child, {
        onOutput: (output) => this.#take(index, output),
        onError: (error) => this.#fail(error),
      }),
    );
    observer?.requestAdded(this.#children, engines);
  }

  /** @param deliver end with an output that says `abort`, rather than without a word. */
  abort(deliver: boolean): void {
    if (this.#hasEnded) return;
    this.#abortChildren();
    this.#end();
    if (deliver) this.callbacks.onOutput(this.builder.buildAll(this.kind));
  }

  #take(index: number, output: EngineCoreOutput): void {
    const delta = this.#add(index, output);
    if (delta === undefined) return;
    const { finishReason } = this.builder.completions[index]!;
    const metrics = this.#context.observer?.metricsOf(this.#children[index]!.requestId);
    if (finishReason !== undefined) this.#endChild(index);
    if (this.builder.isFinished) this.#end();
    this.callbacks.onDelta?.(delta);
    const streamed = this.builder.buildStreamed(index, this.kind, metrics);
    if (streamed !== undefined) this.callbacks.onOutput(streamed);
  }

  /** A tokenizer that can't decode what the model chose fails its request, not the engine. */
  #add(index: number, output: EngineCoreOutput): OutputDelta | undefined {
    try {
      return this.builder.add(output, index);
    } catch (error) {
      const message = `The output of ${this.builder.requestId} could not be decoded: ${toError(error).message}`;
      this.#fail(new InternalError(message, { cause: error }));
      return undefined;
    }
  }

  #fail(error: RayError): void {
    if (this.#hasEnded) return;
    this.#abortChildren();
    this.#end();
    this.callbacks.onError(error);
  }

  #abortChildren(): void {
    for (const [index, completion] of this.builder.completions.entries()) {
      if (completion.finishReason !== undefined) continue;
      completion.abort();
      this.#endChild(index);
    }
  }

  #endChild(index: number): void {
    const { requestId } = this.#children[index]!;
    this.#context.client.abortRequests([requestId]);
    this.#context.observer?.requestFinished(requestId, this.builder.completions[index]!.finishReason!);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#context.onEnd();
  }
}
