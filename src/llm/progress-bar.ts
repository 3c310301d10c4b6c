import { type Clock, systemClock } from '../core/index.js';
import { formatGenerateProgress } from './generate-progress.js';

/** The part of a terminal that the bar needs. */
export interface ProgressTerminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const MS_PER_SECOND = 1000;
const REDRAW_MS = 100;
/** A single prompt shows a bar only when it takes this long. */
const LONG_MS = 2000;

/** Shows on a terminal how far a call of generate is, in one line that is rewritten; elsewhere nothing. */
export class ProgressBar {
  readonly #numPrompts: number;
  readonly #terminal: ProgressTerminal;
  readonly #clock: Clock;
  readonly #startTime: number;
  #numFinished = 0;
  #numInputTokens = 0;
  #numOutputTokens = 0;
  #lastDrawTime = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(numPrompts: number, terminal: ProgressTerminal = process.stderr, clock: Clock = systemClock) {
    this.#numPrompts = numPrompts;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#startTime = clock.now();
  }

  tokensCame(count: number): void {
    this.#numOutputTokens += count;
    this.#draw();
  }

  promptFinished(numInputTokens: number): void {
    this.#numFinished += 1;
    this.#numInputTokens += numInputTokens;
    this.#draw();
  }

  /** Leaves the last state on the terminal, and what follows on a line of its own. */
  close(): void {
    if (!this.#isShown) return;
    this.#lastDrawTime = Number.NEGATIVE_INFINITY;
    this.#draw();
    this.#terminal.write('\n');
    this.#isShown = false;
  }

  #draw(): void {
    const now = this.#clock.now();
    const isWorthIt = this.#numPrompts > 1 || now - this.#startTime >= LONG_MS;
    if (this.#terminal.isTTY !== true || !isWorthIt || now - this.#lastDrawTime < REDRAW_MS) return;
    this.#lastDrawTime = now;
    this.#isShown = true;
    const line = formatGenerateProgress({
      numFinished: this.#numFinished,
      numPrompts: this.#numPrompts,
      numInputTokens: this.#numInputTokens,
      numOutputTokens: this.#numOutputTokens,
      elapsedSeconds: (now - this.#startTime) / MS_PER_SECOND,
    });
    this.#terminal.write(`\r\u001B[K${line.slice(0, (this.#terminal.columns ?? 80) - 1)}`);
  }
}
