import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosCluster, type Daemon, describeDaemon } from '../cluster/chaos-cluster.js';

const POLL_MS = 500;

/** What the keeper noticed: for people, and for the verdict. */
export interface KeeperEvents {
  /** A daemon is gone, and no fault has to do with it. */
  readonly onUnexpectedEnd: (daemon: Daemon) => void;
  readonly onStarted: (daemon: Daemon) => void;
  readonly onStartFailed: (daemon: Daemon, reason: string) => void;
}

/** Starts daemons that have ended again, as systemd would; faults say which ones they keep down, and which may end. */
export class Keeper {
  readonly #cluster: ChaosCluster;
  readonly #events: KeeperEvents;
  readonly #keptDown = new Set<string>();
  /** As they were found or made last. */
  readonly #known = new Map<string, 'up' | 'down'>();
  readonly #excusedUntilMs = new Map<string, number>();
  readonly #loops: Promise<void>[];
  #state: 'keeping' | 'closed' = 'keeping';

  /** Every daemon runs already. */
  constructor(cluster: ChaosCluster, events: KeeperEvents) {
    this.#cluster = cluster;
    this.#events = events;
    this.#loops = cluster.daemons.map((daemon) => this.#keep(daemon));
  }

  /** From now on the daemon is to be down, and nobody starts it. @returns how to give it back. */
  keepDown(daemon: Daemon): () => void {
    const name = describeDaemon(daemon);
    this.#keptDown.add(name);
    this.#known.set(name, 'down');
    return () => this.#keptDown.delete(name);
  }

  /** The daemon may end by itself, for so long: its node is taken for dead. */
  excuse(daemon: Daemon, forMs: number): void {
    this.#excusedUntilMs.set(describeDaemon(daemon), performance.now() + forMs);
  }

  /** Resolves when the last start that it began has ended. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await Promise.all(this.#loops);
  }

  async #keep(daemon: Daemon): Promise<void> {
    const name = describeDaemon(daemon);
    this.#known.set(name, 'up');
    while (this.#state === 'keeping') {
      if (!this.#keptDown.has(name)) {
        if (this.#cluster.pidsOf(daemon).length > 0) this.#known.set(name, 'up');
        else await this.#bringBack(daemon, name);
      }
      await sleep(POLL_MS);
    }
  }

  async #bringBack(daemon: Daemon, name: string): Promise<void> {
    const isExcused = performance.now() < (this.#excusedUntilMs.get(name) ?? 0);
    if (this.#known.get(name) === 'up' && !isExcused) this.#events.onUnexpectedEnd(daemon);
    this.#known.set(name, 'down');
    try {
      await this.#cluster.start(daemon);
      this.#events.onStarted(daemon);
    } catch (error) {
      this.#events.onStartFailed(daemon, String(error));
    }
  }
}
