import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { JoinRendezvousOptions } from '../../src/distributed/index.js';

/** A rank in a process of its own; see rendezvous-peer.ts. */
export class RendezvousPeerProcess {
  readonly #process: ChildProcess;
  static readonly #running = new Set<ChildProcess>();

  constructor(options: JoinRendezvousOptions) {
    const script = join(process.cwd(), 'test/support/rendezvous-peer.ts');
    this.#process = fork(script, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
    RendezvousPeerProcess.#running.add(this.#process);
    this.#process.once('exit', () => RendezvousPeerProcess.#running.delete(this.#process));
  }

  /** Ends those that still run, because a test failed or was about that. */
  static killAll(): void {
    for (const peer of RendezvousPeerProcess.#running) peer.kill('SIGKILL');
  }

  get pid(): number {
    return this.#process.pid!;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async nextMessage(): Promise<Record<string, unknown>> {
    const [message] = await once(this.#process, 'message');
    return message as Record<string, unknown>;
  }
}
