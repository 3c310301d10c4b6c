import { ActorProcess } from './actor-process.js';

/** Keeps a few actor processes started ahead of need: Node.js is up when an actor comes (Ray's worker pool). */
export class PrestartedProcesses {
  readonly #logs: string;
  readonly #target: number;
  readonly #idle = new Set<ActorProcess>();
  #numStarted = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(logs: string, target: number) {
    this.#logs = logs;
    this.#target = target;
    this.#refill();
  }

  /** A process without an actor; the pool fills up again behind it. */
  take(): ActorProcess {
    const [idle] = this.#idle;
    if (idle) this.#idle.delete(idle);
    const taken = idle ?? this.#startProcess();
    setImmediate(() => this.#refill());
    return taken;
  }

  close(): void {
    this.#state = 'closed';
    for (const process of this.#idle) process.kill();
    this.#idle.clear();
  }

  #refill(): void {
    while (this.#state === 'open' && this.#idle.size < this.#target) {
      const process = this.#startProcess();
      this.#idle.add(process);
      process.onExit(() => this.#idle.delete(process));
    }
  }

  #startProcess(): ActorProcess {
    this.#numStarted++;
    return new ActorProcess(this.#logs, `actor-${process.pid}-${this.#numStarted}`);
  }
}
