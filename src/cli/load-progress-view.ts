import type { LoadProgress } from '../llm/index.js';

const BAR_WIDTH = 20;

/** Shows on a terminal how far each rank is with loading, a line per rank, rewritten in place; elsewhere nothing. */
export class LoadProgressView {
  readonly #terminal: NodeJS.WriteStream;
  readonly #ranks = new Map<number, LoadProgress>();
  #numLines = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  update(progress: LoadProgress): void {
    if (!this.#terminal.isTTY) return;
    this.#ranks.set(progress.rank, progress);
    const lines = [...this.#ranks.values()].sort((left, right) => left.rank - right.rank).map(formatProgress);
    this.#clear();
    this.#terminal.write(`${lines.join('\n')}\n`);
    this.#numLines = lines.length;
  }

  /** Takes the lines away: what follows is the output. */
  close(): void {
    this.#clear();
    this.#ranks.clear();
  }

  #clear(): void {
    if (this.#numLines === 0) return;
    this.#terminal.moveCursor(0, -this.#numLines);
    this.#terminal.clearScreenDown();
    this.#numLines = 0;
  }
}

function formatProgress({ rank, fraction, phase }: LoadProgress): string {
  const filled = Math.round(fraction * BAR_WIDTH);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '.');
  return `rank ${rank}  ${bar}  ${String(Math.round(fraction * 100)).padStart(3)}%  ${phase}`;
}
