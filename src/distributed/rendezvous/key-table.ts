import { DeadlineExceededError } from '../../core/index.js';
import { type Answer, answerInTime, type PendingRequest, resultOf } from './pending-replies.js';

/** The keys that all members of a world see. */
export class KeyTable {
  readonly #values = new Map<string, string>();
  readonly #waiting = new Map<string, Set<Answer>>();

  put(key: string, value: string): void {
    this.#values.set(key, value);
    for (const answer of this.#waiting.get(key) ?? []) answer([value]);
    this.#waiting.delete(key);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** Answers with the key's value; without one when it is not there and the request does not wait. */
  get(key: string, request: PendingRequest): void {
    const value = this.#values.get(key);
    if (value !== undefined) request.send({ result: resultOf(request.requestId, [value]) });
    else if (request.timeoutMs === 0) request.send({ result: resultOf(request.requestId, []) });
    else this.#await(key, request);
  }

  #await(key: string, request: PendingRequest): void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    const answer = answerInTime(request, () => {
      waiting.delete(answer);
      return new DeadlineExceededError(`Nobody put the key ${key} within ${request.timeoutMs} ms.`);
    });
    waiting.add(answer);
  }
}
