import type { ActorId, WorkerId } from '../../src/core/index.js';
import type { ActorRecord } from '../actors/actor-record.js';
import type { WatchableClusterState } from '../cluster-state.js';

/** Which actor a worker is, and which actors it owns. */
export class WorkerIndex {
  readonly #actorOf = new Map<WorkerId, ActorId>();
  readonly #owned = new Map<WorkerId, Set<ActorId>>();

  constructor(state: WatchableClusterState) {
    for (const actor of state.actors.values()) this.#enter(undefined, actor);
    state.watch((change) => {
      if (change.table === 'actors') this.#enter(change.before, change.after);
    });
  }

  /** The actor whose process this worker is now; undefined for a driver or a task worker. */
  actorOf(workerId: WorkerId): ActorId | undefined {
    return this.#actorOf.get(workerId);
  }

  /** The living actors that the worker made. */
  ownedBy(workerId: WorkerId): readonly ActorId[] {
    return [...(this.#owned.get(workerId) ?? [])];
  }

  #enter(before: ActorRecord | undefined, { actorId, state, address, ownerWorkerId }: ActorRecord): void {
    const former = before?.address?.workerId;
    if (former && (former !== address?.workerId || state === 'DEAD')) this.#actorOf.delete(former);
    if (address && state !== 'DEAD') this.#actorOf.set(address.workerId, actorId);
    if (!ownerWorkerId) return;
    const owned = this.#owned.get(ownerWorkerId) ?? new Set();
    if (state === 'DEAD') owned.delete(actorId);
    else owned.add(actorId);
    if (owned.size > 0) this.#owned.set(ownerWorkerId, owned);
    else this.#owned.delete(ownerWorkerId);
  }
}
