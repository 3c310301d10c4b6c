import { DeadlineExceededError } from '../../core/index.js';
import { type ComputeProgress, findHang, firstSight, type HangLimits, type RankSight, seeRank } from './find-hang.js';
import type { StepsInFlight } from './steps-in-flight.js';

const LIMITS: HangLimits = { stillMs: 10_000, waitingMs: 60_000 };
const LOOK_EVERY_MS = 1_000;
/** A process that was itself stopped for so long has heard nobody meanwhile. */
const LATE_MS = 3 * LOOK_EVERY_MS;

export interface HangWatchOptions {
  readonly steps: StepsInFlight;
  /** Asks a rank; one after the other for each. */
  readonly ask: (rank: number) => Promise<ComputeProgress>;
  readonly numRanks: number;
  /** Called once. */
  readonly onHang: (rank: number, error: DeadlineExceededError) => void;
}

/**
 * Looks after ranks from which no answer to a step comes. As long as steps are answered it asks nobody anything: then it is
 * a look at a counter every second.
 */
export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #asked = new Set<number>();
  #numCollected = 0;
  #lookedMs = performance.now();
  /** By rank; empty while steps are answered. */
  #sights: RankSight[] = [];

  constructor(options: HangWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(nowMs: number): void {
    const { steps, numRanks, onHang } = this.#options;
    const isAnswered = steps.numInFlight === 0 || steps.numCollected !== this.#numCollected;
    const isLate = nowMs - this.#lookedMs > LATE_MS;
    this.#numCollected = steps.numCollected;
    this.#lookedMs = nowMs;
    if (isAnswered) this.#sights = [];
    else if (isLate || this.#sights.length === 0)
      this.#sights = Array.from({ length: numRanks }, () => firstSight(nowMs));
    const hang = this.#sights.length > 0 ? findHang(this.#sights, nowMs, LIMITS) : undefined;
    if (hang === undefined) {
      for (const rank of this.#sights.keys()) void this.#ask(rank);
      return;
    }
    this.close();
    onHang(hang.rank, new DeadlineExceededError(hang.reason));
  }

  async #ask(rank: number): Promise<void> {
    if (this.#asked.has(rank)) return;
    this.#asked.add(rank);
    try {
      const progress = await this.#options.ask(rank);
      const sight = this.#sights[rank];
      if (sight !== undefined) this.#sights[rank] = seeRank(sight, progress, performance.now());
    } catch {
      // One that is gone is heard of in another way.
    } finally {
      this.#asked.delete(rank);
    }
  }
}
