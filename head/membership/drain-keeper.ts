import { type Clock, InvalidArgumentError, type NodeId } from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import { hasWork } from './has-work.js';

export interface DrainKeeperOptions {
  readonly journal: StateJournal;
  /** True when tasks hold something of the node. */
  readonly hasLeases: (nodeId: NodeId) => boolean;
  /** Tells the node's agent to leave. */
  readonly sendAway: (nodeId: NodeId, reason: string) => void;
  readonly clock: Clock;
}

interface Drain {
  readonly reason: string;
  /** Infinity: it may take as long as its work does. */
  readonly deadlineMs: number;
}

/** Empties nodes that are to leave: they get no more work, and leave when they have none, or at a deadline. */
export class DrainKeeper {
  readonly #options: DrainKeeperOptions;
  readonly #drains = new Map<NodeId, Drain>();

  constructor(options: DrainKeeperOptions) {
    this.#options = options;
    for (const { nodeId, isDraining } of options.journal.nodes.values()) {
      if (isDraining)
        this.#drains.set(nodeId, { reason: 'it was to leave before the head restarted', deadlineMs: Infinity });
    }
  }

  /**
   * Resolves when the store knows that the node is leaving. Idempotent; a later deadline replaces the one before.
   * @param withinMs until the node leaves in any case; 0: no such time.
   * @throws {InvalidArgumentError} when there is no such node.
   */
  async drain(nodeId: NodeId, reason: string, withinMs: number): Promise<void> {
    const { journal, clock } = this.#options;
    const node = journal.nodes.get(nodeId);
    if (!node || node.state === 'DEAD') throw new InvalidArgumentError(`There is no living node ${nodeId} to drain.`);
    const deadlineMs = withinMs > 0 ? clock.now() + withinMs : Number.POSITIVE_INFINITY;
    this.#drains.set(nodeId, { reason, deadlineMs });
    await journal.putNode({ ...node, isDraining: true });
    this.tick();
  }

  /** Something ended, or time has passed: sends away who has nothing left to do. */
  tick(): void {
    const { journal, hasLeases, sendAway, clock } = this.#options;
    for (const [nodeId, { reason, deadlineMs }] of this.#drains) {
      const state = journal.nodes.get(nodeId)?.state;
      if (!state || state === 'DEAD') this.#drains.delete(nodeId);
      else if (state === 'ALIVE' && (clock.now() >= deadlineMs || !(hasWork(journal, nodeId) || hasLeases(nodeId)))) {
        // Said until it is gone: an agent that was away for a moment has not heard it.
        sendAway(nodeId, reason);
      }
    }
  }
}
