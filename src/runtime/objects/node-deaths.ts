import type { NodeId } from '../../core/index.js';
import type { NodeUpdate } from '../../rpc/index.js';
import type { Topic } from '../topic.js';

/**
 * Which of the nodes that hold objects are dead, as the head says. Nodes may be followed before there is a session with the
 * head, and from one session to the next; a node is followed until it dies, for there are few.
 */
export class NodeDeaths {
  readonly #followed = new Set<NodeId>();
  readonly #dead = new Set<NodeId>();
  readonly #listeners = new Set<(nodeId: NodeId) => void>();
  #updates: Topic<NodeId, NodeUpdate> | undefined;

  /** A session with the head: nodes that died meanwhile are told in it. */
  attach(updates: Topic<NodeId, NodeUpdate>): void {
    if (this.#updates === updates) return;
    this.#updates = updates;
    for (const nodeId of this.#followed) this.#subscribe(updates, nodeId);
  }

  follow(nodeId: string): void {
    const id = nodeId as NodeId;
    if (this.#followed.has(id) || this.#dead.has(id)) return;
    this.#followed.add(id);
    if (this.#updates) this.#subscribe(this.#updates, id);
  }

  /** Dead nodes don't come back: their agents join under new ids. */
  isDead(nodeId: string): boolean {
    return this.#dead.has(nodeId as NodeId);
  }

  /** Calls the listener with every followed node that dies from now on; returns how to stop. */
  onDeath(listener: (nodeId: NodeId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #subscribe(updates: Topic<NodeId, NodeUpdate>, nodeId: NodeId): void {
    const stop = updates.subscribe(nodeId, ({ state }) => {
      if (state !== 'NODE_LIFE_STATE_DEAD') return;
      queueMicrotask(() => stop());
      this.#onDied(nodeId);
    });
  }

  #onDied(nodeId: NodeId): void {
    if (!this.#followed.delete(nodeId)) return;
    this.#dead.add(nodeId);
    for (const listener of [...this.#listeners]) listener(nodeId);
  }
}
