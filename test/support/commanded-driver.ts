import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { Driver } from './driver.js';
import { type LabHost, REPOSITORY } from './lab-host.js';

const PROGRAM = join(REPOSITORY, 'test/e2e/drivers/commanded.ts');

export interface DriverCommand {
  readonly do: string;
  readonly actor?: string;
  readonly group?: string;
  readonly amount?: number;
  readonly path?: string;
  readonly bundles?: readonly Record<string, number>[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A driver of a lab that does what a test tells it, at the time that the test says. */
export class CommandedDriver {
  readonly driver: Driver;
  readonly #child: ChildProcessWithoutNullStreams;
  #numCommands = 0;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.driver = new Driver(child);
  }

  static async start(host: LabHost, extra: Readonly<Record<string, string>> = {}): Promise<CommandedDriver> {
    const commanded = new CommandedDriver(host.spawnListening([process.execPath, '--import', 'tsx', PROGRAM], extra));
    await commanded.driver.line('connected');
    return commanded;
  }

  /** Tells it, and waits for the answer: the value, or the error's name, code, message and details. */
  async tell(command: DriverCommand, withinMs = 30_000): Promise<unknown> {
    return this.begin(command)(withinMs);
  }

  /** Tells it; the answer is waited for with what this returns. */
  begin(command: DriverCommand): (withinMs?: number) => Promise<unknown> {
    this.#numCommands += 1;
    const id = `answer ${this.#numCommands}`;
    this.#child.stdin.write(`${JSON.stringify({ id, actor: '', group: '', ...command })}\n`);
    return async (withinMs = 30_000) => (await this.driver.line(id, withinMs))[id];
  }

  /** It ends in order when its input does. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.driver.exited;
  }

  kill(): Promise<number> {
    this.#child.kill('SIGKILL');
    return this.driver.exited;
  }
}
