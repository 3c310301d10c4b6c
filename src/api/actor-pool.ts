import { ActorDiedError, Deferred, GetTimeoutError, IllegalStateError, InvalidArgumentError } from '../core/index.js';
import type { ObjectRef } from '../runtime/objects/object-ref.js';
import { get } from './get.js';

/** Work for an actor of a pool: calls it and returns the ref. */
export type PoolCall<Actor, Value, Result> = (actor: Actor, value: Value) => ObjectRef<Result>;

export interface NextOptions {
  /** Default: wait for ever. */
  readonly timeoutMs?: number;
}

interface Submission<Actor> {
  readonly index: number;
  readonly start: (actor: Actor) => ObjectRef<unknown>;
}

/**
 * Spreads calls over a fixed set of actors, each of which has one call at a time. An actor that died is not used again.
 *
 *     const pool = new ray.ActorPool([a, b]);
 *     for await (const square of pool.map((actor, n: number) => actor.square.remote(n), [1, 2, 3])) …
 *
 * @source ray.util.ActorPool
 */
export class ActorPool<Actor extends object> {
  readonly #members: Set<Actor>;
  readonly #idle: Actor[];
  readonly #waiting: Submission<Actor>[] = [];
  readonly #running = new Set<number>();
  /** Results that nobody has taken, by the number of the submission, in the order in which they became ready. */
  readonly #ready = new Map<number, ObjectRef<unknown>>();
  #changed = new Deferred<void>();
  #numSubmitted = 0;
  #nextOrdered = 0;
  #order: 'any' | 'unordered' = 'any';

  constructor(actors: readonly Actor[]) {
    this.#idle = [...actors];
    this.#members = new Set(actors);
    if (this.#members.size !== actors.length) throw new InvalidArgumentError('An actor may be in a pool only once.');
  }

  /** Results in the order of `values`. Calls are made as actors become free, however slowly the results are taken. */
  async *map<Value, Result>(
    call: PoolCall<Actor, Value, Result>,
    values: Iterable<Value>,
  ): AsyncGenerator<Awaited<Result>, void, undefined> {
    this.#requireNothingLeft();
    for (const value of values) this.submit(call, value);
    while (this.hasNext()) yield (await this.getNext()) as Awaited<Result>;
  }

  /** Results as they become ready. */
  async *mapUnordered<Value, Result>(
    call: PoolCall<Actor, Value, Result>,
    values: Iterable<Value>,
  ): AsyncGenerator<Awaited<Result>, void, undefined> {
    this.#requireNothingLeft();
    for (const value of values) this.submit(call, value);
    while (this.hasNext()) yield (await this.getNextUnordered()) as Awaited<Result>;
  }

  /** Calls a free actor, or the next one that becomes free. The result comes from `getNext` or `getNextUnordered`. */
  submit<Value, Result>(call: PoolCall<Actor, Value, Result>, value: Value): void {
    this.#waiting.push({ index: this.#numSubmitted++, start: (actor) => call(actor, value) });
    this.#startWaiting();
  }

  /** True while a result is left to take. */
  hasNext(): boolean {
    return this.#ready.size + this.#running.size + this.#waiting.length > 0;
  }

  /**
   * The next result in the order of submission.
   * @throws {IllegalStateError} when no result is left, results were taken out of order before, or every actor died.
   * @throws {GetTimeoutError} when it is not ready in time; it can be taken later.
   * @throws what the call threw; the result counts as taken.
   */
  async getNext(options: NextOptions = {}): Promise<unknown> {
    if (this.#order === 'unordered') {
      throw new IllegalStateError(
        'getNext() can not be used after getNextUnordered(): some results are taken already.',
      );
    }
    const index = this.#nextOrdered;
    await this.#until(() => this.#ready.has(index), options);
    return this.#take(index);
  }

  /**
   * Any result that is ready.
   * @throws as {@link getNext}.
   */
  async getNextUnordered(options: NextOptions = {}): Promise<unknown> {
    await this.#until(() => this.#ready.size > 0, options);
    this.#order = 'unordered';
    const [index] = this.#ready.keys();
    return this.#take(index!);
  }

  hasFree(): boolean {
    return this.#idle.length > 0 && this.#waiting.length === 0;
  }

  /** Takes a free actor out of the pool; undefined when none is free. */
  popIdle(): Actor | undefined {
    const actor = this.hasFree() ? this.#idle.pop() : undefined;
    if (actor) this.#members.delete(actor);
    return actor;
  }

  /** Adds an actor. @throws {InvalidArgumentError} when it is in the pool already. */
  push(actor: Actor): void {
    if (this.#members.has(actor)) throw new InvalidArgumentError('The actor is in the pool already.');
    this.#members.add(actor);
    this.#idle.push(actor);
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const actor = this.#idle.pop()!;
      const { index, start } = this.#waiting.shift()!;
      this.#running.add(index);
      const ref = start(actor);
      void get(ref)
        .then(
          () => this.#idle.push(actor),
          (error: unknown) => {
            if (error instanceof ActorDiedError) this.#members.delete(actor);
            else this.#idle.push(actor);
          },
        )
        .then(() => this.#onSettled(index, ref));
    }
  }

  #onSettled(index: number, ref: ObjectRef<unknown>): void {
    this.#running.delete(index);
    this.#ready.set(index, ref);
    this.#startWaiting();
    this.#changed.resolve();
    this.#changed = new Deferred();
  }

  /** Waits until a result is there that can be taken. */
  async #until(isReady: () => boolean, { timeoutMs }: NextOptions): Promise<void> {
    if (!this.hasNext()) throw new IllegalStateError('No more results to get.');
    const timeout = new Deferred<'timeout'>();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => timeout.resolve('timeout'), timeoutMs);
    try {
      while (!isReady()) {
        if (this.#running.size === 0 && this.#members.size === 0) {
          throw new IllegalStateError(`The pool has no actor left for ${this.#waiting.length} calls that wait.`);
        }
        const outcome = await Promise.race([this.#changed.promise, timeout.promise]);
        if (outcome === 'timeout') throw new GetTimeoutError(`No result of the pool was ready within ${timeoutMs} ms.`);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(index: number): Promise<unknown> {
    const ref = this.#ready.get(index)!;
    this.#ready.delete(index);
    if (index === this.#nextOrdered) this.#nextOrdered++;
    if (!this.hasNext()) {
      this.#order = 'any';
      this.#nextOrdered = this.#numSubmitted;
    }
    return get(ref);
  }

  #requireNothingLeft(): void {
    if (this.hasNext()) throw new IllegalStateError('The pool has results that were not taken: take them before map.');
  }
}
