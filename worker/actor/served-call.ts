import { InvalidArgumentError, objectIdOf, streamItemIdOf, TaskCancelledError, toError } from '../../src/core/index.js';
import { type Call, type Draft, type Reply, toErrorDetail } from '../../src/rpc/index.js';
import { type CurrentTask, runAsTask } from '../../src/runtime/calls/current-task.js';
import type { DecodedArguments, EncodedResult, Objects } from '../../src/runtime/objects/objects.js';
import type { CallCode, CallTarget } from './call-target.js';
import { StreamPace } from './stream-pace.js';

/** What a call needs of the process and the stream that it came by. */
export interface CallSurroundings {
  readonly objects: Objects;
  readonly callerWorkerId: string;
  /** @param release lets go of the refs in the reply when the caller has them. */
  readonly reply: (reply: Draft<Reply>, release: (() => void) | undefined) => void;
  /** Cancels what a task has submitted from here. */
  readonly cancelChildren: (taskId: string) => void;
}

/** A call at the process that runs it, from its arrival to its answer. Code that runs for it sees it as its current task. */
export class ServedCall implements CurrentTask {
  readonly #call: Call;
  readonly #target: CallTarget;
  readonly #around: CallSurroundings;
  #state: 'waiting' | 'running' | 'over' = 'waiting';
  #code: CallCode | undefined;
  #args: DecodedArguments | undefined;
  /** Why the call can't run. */
  #refusal: { readonly error: unknown } | undefined;
  #abort: AbortController | undefined;
  #isCanceled = false;
  /** Of a call for a stream of items. */
  readonly #pace: StreamPace | undefined;
  #onOver: () => void = () => undefined;

  constructor(call: Call, target: CallTarget, around: CallSurroundings) {
    this.#call = call;
    this.#target = target;
    this.#around = around;
    this.#pace = call.numReturns < 0 ? new StreamPace(call.backpressure) : undefined;
  }

  /** A call goes by the id of its first result. */
  get taskId(): string {
    return objectIdOf(this.#around.callerWorkerId, this.#call.objectNumber);
  }

  get name(): string {
    return this.#code?.name ?? this.#call.method ?? '';
  }

  get attempt(): number {
    return this.#call.attempt;
  }

  get capturedPlacementGroupId(): string {
    return this.#call.capturedPlacementGroupId;
  }

  get placementGroupId(): string {
    return this.#target.placementGroupId;
  }

  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#isCanceled) this.#abort.abort(this.#cancelled(true));
    }
    return this.#abort.signal;
  }

  block(): () => void {
    return this.#target.block(this.#call);
  }

  onOver(listener: () => void): void {
    this.#onOver = listener;
  }

  /** Gets what the call needs to run; undefined when it is there. The promise never rejects. */
  prepare(): Promise<void> | undefined {
    try {
      const code = this.#target.find(this.#call);
      if (!(code instanceof Promise)) this.#code = code;
      if (this.#code && this.#call.storedArgs.length === 0) return undefined;
      return this.#prepare(code);
    } catch (error) {
      this.#refusal = { error };
      return undefined;
    }
  }

  /** The call can never run. */
  refuse(error: unknown): void {
    this.#fail(error);
  }

  /** The call's turn has come. */
  run(): Promise<void> | undefined {
    if (this.#state !== 'waiting') return undefined;
    this.#state = 'running';
    try {
      if (this.#refusal) throw this.#refusal.error;
      const { args, storedArgs } = this.#call;
      const decoded = this.#args ?? this.#around.objects.decodeArguments(args, storedArgs);
      if (decoded instanceof Promise || decoded.borrowed || !this.#isPlain) return this.#runAsync(decoded);
      const value = runAsTask(this, () => this.#code!.run(...decoded.args));
      if (isThenable(value)) return this.#answerLater(value);
      const encoded = this.#encode(value, 0);
      if (encoded instanceof Promise) return this.#answerEncoded(encoded);
      this.#answer(encoded);
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  /** The caller does not want the result any more. @param recursive what the call has submitted is cancelled too. */
  cancel(recursive: boolean): void {
    if (this.#state === 'over') return;
    this.#isCanceled = true;
    if (this.#state === 'waiting') {
      this.#fail(this.#cancelled(false));
      return;
    }
    this.#abort?.abort(this.#cancelled(true));
    this.#pace?.stop();
    if (recursive) this.#around.cancelChildren(this.taskId);
  }

  /** Gives the call back if it has not begun. */
  recall(): void {
    if (this.#state !== 'waiting') return;
    const details = { taskId: this.taskId, mayHaveRun: false, recalled: true };
    this.#fail(new TaskCancelledError(`The task ${this.name} was taken back before it ran.`, { details }));
  }

  /** The caller has taken so many items of the stream. */
  consumed(numConsumed: number): void {
    this.#pace?.consumed(numConsumed);
  }

  /** The caller is gone: whoever makes items for it stops. */
  stopStream(): void {
    this.#pace?.stop();
  }

  /** One result, by value. */
  get #isPlain(): boolean {
    return this.#call.numReturns === 0 || this.#call.numReturns === 1;
  }

  async #prepare(code: CallCode | Promise<CallCode>): Promise<void> {
    try {
      const { args, storedArgs } = this.#call;
      const [found, decoded] = await Promise.all([
        code,
        storedArgs.length > 0 ? this.#around.objects.decodeArguments(args, storedArgs) : undefined,
      ]);
      this.#code = found;
      this.#args = decoded;
    } catch (error) {
      this.#refusal = { error };
    }
  }

  async #runAsync(decoded: DecodedArguments | Promise<DecodedArguments>): Promise<void> {
    let borrowed: Promise<void> | undefined;
    try {
      const args = await decoded;
      borrowed = args.borrowed;
      const answer = await runAsTask(this, async () => {
        const value: unknown = this.#code!.run(...args.args);
        if (this.#pace) return this.#stream(value, this.#pace);
        return this.#encodeAll(await value);
      });
      if (borrowed) await borrowed;
      answer();
    } catch (error) {
      if (borrowed) await borrowed;
      this.#fail(error);
    }
  }

  async #answerLater(value: PromiseLike<unknown>): Promise<void> {
    try {
      const encoded = this.#encode(await value, 0);
      this.#answer(encoded instanceof Promise ? await encoded : encoded);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #answerEncoded(encoded: Promise<EncodedResult>): Promise<void> {
    try {
      this.#answer(await encoded);
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer({ result, release }: EncodedResult): void {
    this.#reply('value' in result ? { result: result.value } : result, release);
  }

  async #encodeAll(value: unknown): Promise<() => void> {
    if (this.#isPlain) {
      const encoded = await this.#encode(value, 0);
      return () => this.#answer(encoded);
    }
    const values = this.#requireReturns(value);
    const encoded = await Promise.all(values.map((one, index) => this.#encode(one, index)));
    const release = (): void => {
      for (const one of encoded) one.release?.();
    };
    const holdsRefs = encoded.some((one) => one.release !== undefined);
    const results = { results: encoded.map(({ result }) => result) };
    return () => this.#reply({ results }, holdsRefs ? release : undefined);
  }

  #requireReturns(value: unknown): readonly unknown[] {
    const { numReturns } = this.#call;
    if (Array.isArray(value) && value.length === numReturns) return value;
    const got = Array.isArray(value) ? `an array of ${value.length}` : `a value of type ${typeof value}`;
    throw new InvalidArgumentError(
      `${this.name} must return an array of ${numReturns} values (numReturns), but returned ${got}.`,
    );
  }

  /** Sends each item as it is made, no further ahead of the caller than it allows. */
  async #stream(value: unknown, pace: StreamPace): Promise<() => void> {
    const iterator = iteratorOf(await value, this.name);
    let index = 0;
    for (; await pace.mayMake(index); index++) {
      const { done, value: item } = await iterator.next();
      if (done) return () => this.#reply({ streamEnd: index }, undefined);
      if (pace.isStopped) break;
      await this.#sendItem(item, index);
    }
    await iterator.return?.();
    throw this.#cancelled(true);
  }

  async #sendItem(item: unknown, index: number): Promise<void> {
    const { callerWorkerId, objects, reply } = this.#around;
    const stream = objectIdOf(callerWorkerId, this.#call.objectNumber);
    const target = { objectId: streamItemIdOf(stream, index), ownerWorkerId: callerWorkerId };
    const { result, release } = await objects.encodeResult(item, target);
    reply({ sequence: this.#call.sequence, item: { index, result } }, release);
  }

  #encode(value: unknown, index: number): EncodedResult | Promise<EncodedResult> {
    const { callerWorkerId, objects } = this.#around;
    const objectId = objectIdOf(callerWorkerId, this.#call.objectNumber + index);
    return objects.encodeResult(value, { objectId, ownerWorkerId: callerWorkerId });
  }

  #fail(error: unknown): void {
    this.#reply({ error: toErrorDetail(error) }, undefined);
  }

  #reply(outcome: Draft<Reply>, release: (() => void) | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#around.reply({ sequence: this.#call.sequence, ...outcome }, release);
    this.#onOver();
  }

  #cancelled(mayHaveRun: boolean): TaskCancelledError {
    const details = { taskId: this.taskId, mayHaveRun };
    return new TaskCancelledError(`The call ${this.name} was cancelled.`, { details });
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

function iteratorOf(value: unknown, name: string): AnyIterator {
  const iterable = value as { [Symbol.asyncIterator]?: () => AnyIterator; [Symbol.iterator]?: () => AnyIterator };
  const open = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof open === 'function') return open.call(iterable);
  throw new InvalidArgumentError(`${name} was called for a stream of items, but returned ${toError(value).message}.`);
}
