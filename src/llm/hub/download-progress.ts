import { type Clock, systemClock } from '../../core/index.js';
import type { ProgressTerminal } from '../progress-bar.js';
import { formatDownload } from './format-download.js';
import type { HubFile } from './wanted-files.js';

const REDRAW_MS = 100;
const LINE_EVERY_SHARE = 0.1;

/** Shows how far a download is: on a terminal one line that is rewritten, elsewhere a line every tenth. */
export class DownloadProgress {
  readonly #name: string;
  readonly #terminal: ProgressTerminal | undefined;
  readonly #clock: Clock;
  readonly #startTime: number;
  readonly #totalBytes: number;
  readonly #bytesOf = new Map<string, number>();
  readonly #numFiles: number;
  readonly #firstBytes: number;
  #numFinished = 0;
  #lastDrawTime = Number.NEGATIVE_INFINITY;
  #nextShare = LINE_EVERY_SHARE;
  #isShown = false;

  /**
   * @param files that are still missing, with the bytes of each that an earlier process left.
   * @param terminal undefined shows nothing.
   */
  constructor(
    name: string,
    files: readonly { readonly file: HubFile; readonly numBytes: number }[],
    terminal: ProgressTerminal | undefined,
    clock: Clock = systemClock,
  ) {
    this.#name = name;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#startTime = clock.now();
    this.#numFiles = files.length;
    this.#totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
    for (const { file, numBytes } of files) this.#bytesOf.set(file.name, numBytes);
    this.#firstBytes = this.#numBytes;
  }

  /** From 0 to 1. */
  get fraction(): number {
    return this.#totalBytes === 0 ? 1 : this.#numBytes / this.#totalBytes;
  }

  fileReached(name: string, numBytes: number): void {
    this.#bytesOf.set(name, numBytes);
    this.#draw();
  }

  fileFinished(): void {
    this.#numFinished += 1;
    this.#draw();
  }

  /** A line of its own, such as why something takes longer. */
  say(text: string): void {
    this.#terminal?.write(`${this.#isShown ? '\r\u001B[K' : ''}${text}\n`);
    this.#isShown = false;
  }

  /** Leaves the last state on the terminal, and what follows on a line of its own. */
  close(): void {
    if (!this.#isShown) return;
    this.#terminal?.write(`\r\u001B[K${this.#line()}\n`);
    this.#isShown = false;
  }

  get #numBytes(): number {
    return [...this.#bytesOf.values()].reduce((sum, numBytes) => sum + numBytes, 0);
  }

  #draw(): void {
    if (this.#terminal?.isTTY === true) this.#redraw(this.#terminal);
    else if (this.fraction >= this.#nextShare) this.#printShare();
  }

  #redraw(terminal: ProgressTerminal): void {
    const now = this.#clock.now();
    if (now - this.#lastDrawTime < REDRAW_MS) return;
    this.#lastDrawTime = now;
    this.#isShown = true;
    terminal.write(`\r\u001B[K${this.#line().slice(0, (terminal.columns ?? 80) - 1)}`);
  }

  #printShare(): void {
    this.#nextShare = (Math.floor(this.fraction / LINE_EVERY_SHARE + 1e-9) + 1) * LINE_EVERY_SHARE;
    this.#terminal?.write(`${this.#line()}\n`);
  }

  #line(): string {
    return formatDownload({
      name: this.#name,
      numFiles: this.#numFiles,
      numFinished: this.#numFinished,
      numBytes: this.#numBytes,
      totalBytes: this.#totalBytes,
      newBytes: Math.max(0, this.#numBytes - this.#firstBytes),
      elapsedMs: this.#clock.now() - this.#startTime,
    });
  }
}
