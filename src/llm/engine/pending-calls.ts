import { Deferred } from '../../core/index.js';

/** Calls that were sent and not yet answered, by their id. */
export class PendingCalls {
  readonly #calls = new Map<number, Deferred<unknown>>();
  #lastCallId = 0;

  get size(): number {
    return this.#calls.size;
  }

  open(): { readonly callId: number; readonly result: Promise<unknown> } {
    const callId = ++this.#lastCallId;
    const call = new Deferred<unknown>();
    this.#calls.set(callId, call);
    return { callId, result: call.promise };
  }

  resolve(callId: number, result: unknown): void {
    this.#take(callId)?.resolve(result);
  }

  reject(callId: number, error: Error): void {
    this.#take(callId)?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const callId of [...this.#calls.keys()]) this.reject(callId, error);
  }

  #take(callId: number): Deferred<unknown> | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    return call;
  }
}
