import type { HostedProcess } from './hosted-process.js';
import { environmentKey, type ProcessEnvironment, plainEnvironment } from './process-environment.js';

/** How long a process of a special environment waits for another taker. */
const SPECIAL_SPARE_MS = 10_000;

interface Spares {
  readonly environment: ProcessEnvironment;
  readonly target: number;
  readonly idle: Set<HostedProcess>;
  /** Ends the spares of a special environment that nobody takes. */
  expiry?: NodeJS.Timeout;
}

/**
 * Keeps a few processes started ahead of need: Node.js is up when an actor or task comes (Ray's worker pool). The plain
 * environment has its spares always; another one has a spare for some time after each process that was taken of it.
 */
export class PrestartedProcesses {
  readonly #startProcess: (environment: ProcessEnvironment) => HostedProcess;
  readonly #spares = new Map<string, Spares>();
  #state: 'open' | 'closed' = 'open';

  /** @param target how many of the plain environment wait at any time. */
  constructor(target: number, startProcess: (environment: ProcessEnvironment) => HostedProcess) {
    this.#startProcess = startProcess;
    const plain = { environment: plainEnvironment, target, idle: new Set<HostedProcess>() };
    this.#spares.set(environmentKey(plainEnvironment), plain);
    this.#refill(plain);
  }

  /** A process that nobody uses yet; another one takes its place. */
  take(environment: ProcessEnvironment): HostedProcess {
    const spares = this.#sparesOf(environment);
    const [idle] = spares.idle;
    if (idle) spares.idle.delete(idle);
    const taken = idle ?? this.#startProcess(environment);
    setImmediate(() => this.#refill(spares));
    return taken;
  }

  /** Ends the processes that wait; those that were taken are their taker's. */
  close(): void {
    this.#state = 'closed';
    for (const spares of this.#spares.values()) this.#drop(spares);
  }

  #sparesOf(environment: ProcessEnvironment): Spares {
    const key = environmentKey(environment);
    const spares = this.#spares.get(key) ?? { environment, target: 1, idle: new Set<HostedProcess>() };
    this.#spares.set(key, spares);
    if (spares.environment === plainEnvironment) return spares;
    clearTimeout(spares.expiry);
    spares.expiry = setTimeout(() => {
      this.#spares.delete(key);
      this.#drop(spares);
    }, SPECIAL_SPARE_MS).unref();
    return spares;
  }

  #drop({ idle, expiry }: Spares): void {
    clearTimeout(expiry);
    for (const process of idle) process.kill();
    idle.clear();
  }

  #refill({ environment, idle, target }: Spares): void {
    while (this.#state === 'open' && idle.size < target) {
      const process = this.#startProcess(environment);
      idle.add(process);
      // One that can't start is not tried again here: the next that is started tells why.
      process.onExit(() => idle.delete(process));
    }
  }
}
