import { Deferred, type RayError } from '../../core/index.js';
import type { StreamItem } from '../../rpc/index.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Objects } from '../objects/objects.js';

type StreamEndState =
  | { readonly kind: 'running' }
  /** The producer made this many items. */
  | { readonly kind: 'complete'; readonly numItems: number }
  /** An item after the last one carries the error. */
  | { readonly kind: 'failed'; readonly numItems: number };

/**
 * The items of one call as they arrive: refs for who iterates. A call that is tried again sends its items from the start;
 * those that are here already are not taken twice.
 */
export class ResultStream {
  /** Stands for the whole: settled when the producer has ended. */
  readonly completed: ObjectRef<unknown>;
  readonly #objects: Objects;
  readonly #items = new Map<number, ObjectRef<unknown>>();
  #numReceived = 0;
  #numTaken = 0;
  #end: StreamEndState = { kind: 'running' };
  #change = new Deferred<void>();
  readonly #waiting = new Set<() => void>();
  #onTaken: (numTaken: number) => void = () => undefined;

  constructor(objects: Objects, completed: ObjectRef<unknown>) {
    this.#objects = objects;
    this.completed = completed;
  }

  /** Items that the consumer has taken. */
  get numTaken(): number {
    return this.#numTaken;
  }

  get isOver(): boolean {
    return this.#end.kind !== 'running';
  }

  /** @param listener told how many items the consumer has taken by now. */
  onTaken(listener: (numTaken: number) => void): void {
    this.#onTaken = listener;
  }

  /** An item came. @returns as {@link Objects.settle}. */
  accept(item: StreamItem): Promise<void> | undefined {
    const { index, result } = item;
    if (index < this.#numReceived || this.isOver || !result) return undefined;
    const ref = this.#objects.createStreamItem(this.completed, index);
    this.#items.set(index, ref);
    this.#numReceived = index + 1;
    this.#changed();
    return this.#objects.settle(ref, result.stored ? { stored: result.stored } : { value: result.value! });
  }

  /** The producer ended in order. */
  complete(numItems: number): void {
    if (!this.isOver) this.#finish({ kind: 'complete', numItems });
  }

  /** The producer threw, was cancelled, or is gone: whoever iterates gets the error in place of the next item. */
  fail(error: RayError): void {
    if (this.isOver) return;
    const index = this.#numReceived;
    const ref = this.#objects.createStreamItem(this.completed, index);
    void this.#objects.settle(ref, { error });
    this.#items.set(index, ref);
    this.#finish({ kind: 'failed', numItems: index + 1 });
  }

  /** The next item; undefined after the last. */
  async next(): Promise<ObjectRef<unknown> | undefined> {
    for (;;) {
      const ref = this.#items.get(this.#numTaken);
      if (ref) {
        this.#items.delete(this.#numTaken);
        this.#numTaken++;
        this.#onTaken(this.#numTaken);
        return ref;
      }
      if (this.#isExhausted) return undefined;
      await this.#change.promise;
    }
  }

  /**
   * Calls the listener when {@link next} would answer without waiting, at once if so: with what it would give. The function
   * returned ends the wait.
   */
  whenNext(listener: (ref: ObjectRef<unknown> | undefined) => void): () => void {
    const check = (): void => {
      const ref = this.#items.get(this.#numTaken);
      if (!ref && !this.#isExhausted) return;
      this.#waiting.delete(check);
      listener(ref);
    };
    this.#waiting.add(check);
    check();
    return () => this.#waiting.delete(check);
  }

  /** Nobody will take more: what came is let go. */
  abandon(): void {
    this.#items.clear();
    this.#finish({ kind: 'complete', numItems: this.#numTaken });
  }

  get #isExhausted(): boolean {
    return this.#end.kind !== 'running' && this.#numTaken >= this.#end.numItems;
  }

  #finish(end: StreamEndState): void {
    this.#end = end;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = new Deferred();
    for (const check of [...this.#waiting]) check();
  }
}
