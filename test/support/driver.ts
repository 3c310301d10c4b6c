import type { ChildProcess } from 'node:child_process';
import { eventually } from './eventually.js';

/** A running driver program and what it printed: a JSON object per line, and lines of its workers. */
export class Driver {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  /** What is no JSON: what its workers printed. */
  readonly workerLines: string[] = [];
  readonly exited: Promise<number>;
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        if (line.startsWith('{')) this.lines.push(JSON.parse(line));
        else this.workerLines.push(line);
      }
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? (signal ? -1 : 0)));
    });
  }

  /** The first line that has `key`; fails with the driver's output when it ends or takes too long. */
  async line(key: string, withinMs = 30_000): Promise<Record<string, unknown>> {
    return eventually(`the driver prints ${key}`, () => this.lines.find((line) => key in line), {
      withinMs,
      detail: () => this.#output(),
    });
  }

  /** All that it printed, as one object, after its end. @throws its output when it ended with an error. */
  async printed(): Promise<Record<string, unknown>> {
    const code = await this.exited;
    if (code !== 0) throw new Error(`the driver ended with ${code}\n${this.#output()}`);
    return Object.assign({}, ...this.lines);
  }

  #output(): string {
    return [JSON.stringify(this.lines), ...this.workerLines, this.stderr].join('\n');
  }
}
