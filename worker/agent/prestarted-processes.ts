import type { HostedProcess } from './actor-table.js';

/** Keeps a few actor processes started ahead of need: Node.js is up when an actor comes (Ray's worker pool). */
export class PrestartedProcesses {
  readonly #startProcess: () => HostedProcess;
  readonly #target: number;
  readonly #idle = new Set<HostedProcess>();
  #state: 'open' | 'closed' = 'open';

  /** @param target how many wait at any time. */
  constructor(target: number, startProcess: () => HostedProcess) {
    this.#startProcess = startProcess;
    this.#target = target;
    this.#refill();
  }

  /** A process without an actor; the pool fills up again behind it. */
  take(): HostedProcess {
    const [idle] = this.#idle;
    if (idle) this.#idle.delete(idle);
    const taken = idle ?? this.#startProcess();
    setImmediate(() => this.#refill());
    return taken;
  }

  /** Ends the processes that wait; those that were taken are their taker's. */
  close(): void {
    this.#state = 'closed';
    for (const process of this.#idle) process.kill();
    this.#idle.clear();
  }

  #refill(): void {
    while (this.#state === 'open' && this.#idle.size < this.#target) {
      const process = this.#startProcess();
      this.#idle.add(process);
      // One that can't start is not tried again here: the next actor that is started tells why.
      process.onExit(() => this.#idle.delete(process));
    }
  }
}
