import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/lab-host.js';
import type { ChaosHost } from '../cluster/chaos-hosts.js';

/** Programs of this folder. */
const PROGRAMS = ['counters', 'groups', 'keys', 'objects', 'tasks'] as const;

interface LoadDriver {
  readonly name: string;
  readonly child: ChildProcess;
  readonly exited: Promise<number>;
}

/** The programs that put the cluster under load, on one host; what they print is in the folder, in NAME.log. */
export class LoadDrivers {
  readonly #drivers: readonly LoadDriver[];

  /** @param directory where they keep their records and their actors' effects. */
  constructor(host: ChaosHost, directory: string) {
    this.#drivers = PROGRAMS.map((name) => startDriver(host, directory, name));
  }

  /** Names of those that ended already. */
  get ended(): string[] {
    return this.#drivers.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).map(nameOf);
  }

  /**
   * Lets them end what they have begun.
   * @returns those that had not ended in time, and are killed, or ended with an error.
   */
  async stop(withinMs: number): Promise<string[]> {
    for (const { child } of this.#drivers) child.kill('SIGUSR2');
    const timer = setTimeout(() => {
      for (const { child } of this.#drivers) child.kill('SIGKILL');
    }, withinMs);
    const codes = await Promise.all(this.#drivers.map(({ exited }) => exited));
    clearTimeout(timer);
    return this.#drivers.filter((_, index) => codes[index] !== 0).map(nameOf);
  }
}

const nameOf = ({ name }: LoadDriver): string => name;

function startDriver(host: ChaosHost, directory: string, name: string): LoadDriver {
  const program = join(REPOSITORY, 'test/chaos/load', `${name}.ts`);
  const child = host.lab.spawn([process.execPath, '--import', 'tsx', program, directory, name]);
  const log = createWriteStream(join(directory, `${name}.log`));
  child.stdout!.pipe(log, { end: false });
  child.stderr!.pipe(log, { end: false });
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? -1));
  });
  return { name, child, exited };
}
