import type { ObjectRef } from '../objects/object-ref.js';
import type { ResultStream } from './result-stream.js';

/** How a generator that nobody holds any more stops its producer: what it holds of the stream must not hold the generator. */
const abandoned = new FinalizationRegistry<() => void>((stop) => stop());

/** By a name that two copies of the package share. */
const streamKey: unique symbol = Symbol.for('ray-ts.result-stream') as never;

/**
 * The results of a generator function or method, as they are made: an async iterable of refs.
 *
 *     for await (const ref of chunks.remote()) console.log(await ray.get(ref));
 *
 * An error of the producer comes as the last ref, after the items that it made before. Leaving the loop early, `return()`,
 * or dropping the generator stops the producer.
 */
export class ObjectRefGenerator<T> implements AsyncIterableIterator<ObjectRef<T>> {
  readonly [streamKey]: ResultStream;
  readonly #stop: () => void;

  /**
   * @internal
   * @param stop cancels the call behind it. It must not refer to this object.
   */
  constructor(stream: ResultStream, stop: () => void) {
    this[streamKey] = stream;
    this.#stop = stop;
    abandoned.register(this, stop, this);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return isObjectRefGenerator(value);
  }

  /** The next ref, as soon as its item is there. */
  async next(): Promise<IteratorResult<ObjectRef<T>, undefined>> {
    const ref = await this[streamKey].next();
    return ref ? { done: false, value: ref as ObjectRef<T> } : { done: true, value: undefined };
  }

  /** Stops the producer; items that were not taken are let go. */
  async return(): Promise<IteratorResult<ObjectRef<T>, undefined>> {
    abandoned.unregister(this);
    this.#stop();
    return { done: true, value: undefined };
  }

  /** A ref that is ready when the producer has ended, with its error if it threw. */
  completed(): ObjectRef<void> {
    return this[streamKey].completed as ObjectRef<void>;
  }

  /** True when the producer has ended; items may be left to take. */
  isFinished(): boolean {
    return this[streamKey].isOver;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

export function isObjectRefGenerator(value: unknown): value is ObjectRefGenerator<unknown> {
  return typeof value === 'object' && value !== null && streamKey in value;
}

/** @internal */
export const streamOf = (generator: ObjectRefGenerator<unknown>): ResultStream => generator[streamKey];
