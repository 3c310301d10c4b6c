import { DeadlineExceededError, IllegalStateError } from '../../core/index.js';
import { type Answer, answerInTime, type PendingRequest, resultOf } from './pending-replies.js';

interface Contribution {
  readonly value: string;
  readonly answer: Answer;
}

/** Gathers of values under names: when the last rank has come, all are given everything. */
export class Gatherings {
  readonly #worldSize: number;
  readonly #nameRank: (rank: number) => string;
  readonly #byName = new Map<string, Map<number, Contribution>>();

  /** @param nameRank a rank in words, for messages. */
  constructor(worldSize: number, nameRank: (rank: number) => string) {
    this.#worldSize = worldSize;
    this.#nameRank = nameRank;
  }

  contribute(name: string, rank: number, value: string, request: PendingRequest): void {
    const contributions = this.#byName.get(name) ?? new Map<number, Contribution>();
    if (contributions.has(rank)) {
      const error = new IllegalStateError(
        `Rank ${rank} is in the gathering ${name} already: await it, or name another.`,
      );
      request.send({ result: resultOf(request.requestId, error) });
      return;
    }
    this.#byName.set(name, contributions);
    const answer = answerInTime(request, () => {
      const error = this.#tooLate(name, contributions, request.timeoutMs);
      contributions.delete(rank);
      return error;
    });
    contributions.set(rank, { value, answer });
    if (contributions.size === this.#worldSize) this.#complete(name, contributions);
  }

  #complete(name: string, contributions: ReadonlyMap<number, Contribution>): void {
    this.#byName.delete(name);
    const values = Array.from({ length: this.#worldSize }, (_, rank) => contributions.get(rank)!.value);
    for (const { answer } of contributions.values()) answer(values);
  }

  #tooLate(name: string, contributions: ReadonlyMap<number, Contribution>, timeoutMs: number): DeadlineExceededError {
    const ranks = Array.from({ length: this.#worldSize }, (_, rank) => rank);
    const missing = ranks.filter((rank) => !contributions.has(rank)).map(this.#nameRank);
    return new DeadlineExceededError(
      `The gathering ${name} was not complete within ${timeoutMs} ms: ${missing.join(', ')} did not come.`,
    );
  }
}
