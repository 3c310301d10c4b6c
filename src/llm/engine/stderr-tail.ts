import type { Readable } from 'node:stream';

const MAX_LINES = 20;
/** Of a line that does not end. */
const MAX_LINE_CHARACTERS = 4_096;

/** Passes on what a process writes to its standard error, line by line, and keeps the last lines. */
export class StderrTail {
  readonly #lines: string[] = [];
  #unfinished = '';

  /** @param onLine gets every line, without its end. */
  constructor(stderr: Readable, onLine: (line: string) => void) {
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      const lines = (this.#unfinished + text).split('\n');
      this.#unfinished = lines.pop()!.slice(-MAX_LINE_CHARACTERS);
      for (const line of lines) {
        this.#keep(line);
        onLine(line);
      }
    });
  }

  /** Oldest first, without empty ones. */
  get lines(): readonly string[] {
    return this.#unfinished === '' ? [...this.#lines] : [...this.#lines, this.#unfinished];
  }

  #keep(line: string): void {
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }
}
