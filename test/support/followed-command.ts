import type { ChildProcess } from 'node:child_process';
import { eventually } from './eventually.js';

/** A command that goes on, and what it has printed. */
export class FollowedCommand {
  readonly child: ChildProcess;
  /** Settles with the exit code; -1 when a signal ended it. */
  readonly exited: Promise<number>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk) => {
      this.stdout += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
    this.exited = new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  }

  /** Resolves when the text was printed; fails with what was printed instead when it takes too long. */
  async prints(text: string): Promise<void> {
    await eventually(`it prints ${text}`, () => this.stdout.includes(text) || undefined, {
      withinMs: 30_000,
      detail: () => this.stdout + this.stderr,
    });
  }
}
