import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EngineCell, SubjectAnswer, SubjectCommand, SubjectSpec } from './subject-form.js';

const PROGRAM = fileURLToPath(new URL('./subject-program.ts', import.meta.url));

/** What starting a subject costs. */
export interface SubjectStart {
  readonly loadMs: number;
  /** From the start of its process, tsx included, to the first token of a short prompt. */
  readonly firstTokenMs: number;
}

function ask(child: ChildProcess, command: SubjectCommand): Promise<SubjectAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`The process of a subject ended unexpectedly (${signal ?? code}).`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as SubjectAnswer);
    });
    child.send(command);
  });
}

/** A subject in a process of its own. */
export class SubjectProcess {
  readonly name: string;
  readonly start: SubjectStart;
  readonly #child: ChildProcess;

  private constructor(name: string, start: SubjectStart, child: ChildProcess) {
    this.name = name;
    this.start = start;
    this.#child = child;
  }

  /** @throws {Error} with the subject's own message when it can't load. */
  static async load(name: string, spec: SubjectSpec): Promise<SubjectProcess> {
    const begin = performance.now();
    const child = fork(PROGRAM, { serialization: 'advanced' });
    try {
      const answer = await ask(child, { kind: 'load', spec });
      const firstTokenMs = performance.now() - begin;
      if (answer.kind !== 'loaded') throw new Error(answer.kind === 'failed' ? answer.message : 'It did not load.');
      return new SubjectProcess(name, { loadMs: answer.loadMs, firstTokenMs }, child);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** @returns milliseconds, as the cell defines them. */
  async measure(cell: EngineCell): Promise<number> {
    const answer = await ask(this.#child, { kind: 'measure', cell });
    if (answer.kind === 'measured') return answer.ms;
    throw new Error(`${this.name}: ${answer.kind === 'failed' ? answer.message : 'answered something else.'}`);
  }

  /** The most memory that its process has held so far, in bytes, pages of mapped files included. */
  peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) * 1024;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
