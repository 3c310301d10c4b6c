import { IllegalStateError } from '../core/index.js';
import { addRequestOutput } from './add-request-output.js';
import type { RequestOutput } from './outputs.js';

/** Whoever waits for the next output. */
interface Waiter {
  readonly resolve: (result: IteratorResult<RequestOutput, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** `failed`: the error is thrown once, then the stream is done, as with a generator. */
type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: Error };

const DONE: IteratorResult<RequestOutput, undefined> = { done: true, value: undefined };

/**
 * The outputs of one request, to iterate once. It holds one output at most: those that come while nobody asks are merged,
 * so a slow reader gets fewer and longer ones. Leaving the loop before the end aborts the request.
 */
export class RequestStream implements AsyncIterableIterator<RequestOutput, undefined> {
  readonly #areDeltas: boolean;
  readonly #onLeave: () => void;
  #pending: RequestOutput | undefined;
  #waiter: Waiter | undefined;
  #state: State = { kind: 'open' };

  /**
   * @param areDeltas outputs are merged by joining them rather than by taking the later one.
   * @param onLeave called at most once, when the reader leaves before the last output.
   */
  constructor(areDeltas: boolean, onLeave: () => void) {
    this.#areDeltas = areDeltas;
    this.#onLeave = onLeave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Adds an output; after a finished one nothing follows. */
  push(output: RequestOutput): void {
    if (this.#state.kind !== 'open') return;
    if (output.finished) this.#state = { kind: 'finished' };
    const waiter = this.#takeWaiter();
    if (waiter !== undefined) waiter.resolve({ done: false, value: output });
    else this.#pending = this.#pending ? addRequestOutput(this.#pending, output, this.#areDeltas) : output;
  }

  /** Ends the stream with an error, after what is still to be read. */
  fail(error: Error): void {
    if (this.#state.kind !== 'open') return;
    const waiter = this.#takeWaiter();
    this.#state = waiter === undefined ? { kind: 'failed', error } : { kind: 'finished' };
    waiter?.reject(error);
  }

  async next(): Promise<IteratorResult<RequestOutput, undefined>> {
    if (this.#pending !== undefined) return { done: false, value: this.#takePending()! };
    if (this.#state.kind === 'finished') return DONE;
    if (this.#state.kind === 'failed') {
      const { error } = this.#state;
      this.#state = { kind: 'finished' };
      throw error;
    }
    if (this.#waiter !== undefined) throw new IllegalStateError('The stream of a request has one reader at a time.');
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<RequestOutput, undefined>> {
    this.#leave();
    this.#takeWaiter()?.resolve(DONE);
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorResult<RequestOutput, undefined>> {
    this.#leave();
    this.#takeWaiter()?.resolve(DONE);
    throw error;
  }

  #leave(): void {
    this.#takePending();
    const wasOpen = this.#state.kind === 'open';
    this.#state = { kind: 'finished' };
    if (wasOpen) this.#onLeave();
  }

  #takePending(): RequestOutput | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }
}
