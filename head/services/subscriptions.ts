import type { ActorId, PlacementGroupId, WorkerId } from '../../src/core/index.js';

/** Which workers are told of which actors and placement groups. Soft: a worker repeats its own when it registers again. */
export class Subscriptions {
  readonly #followers = new Map<ActorId | PlacementGroupId, Set<WorkerId>>();
  readonly #followed = new Map<WorkerId, Set<ActorId | PlacementGroupId>>();

  follow(workerId: WorkerId, id: ActorId | PlacementGroupId): void {
    this.#followers.set(id, (this.#followers.get(id) ?? new Set()).add(workerId));
    this.#followed.set(workerId, (this.#followed.get(workerId) ?? new Set()).add(id));
  }

  followersOf(id: ActorId | PlacementGroupId): readonly WorkerId[] {
    return [...(this.#followers.get(id) ?? [])];
  }

  /** The worker is gone, or has begun anew. */
  dropWorker(workerId: WorkerId): void {
    for (const id of this.#followed.get(workerId) ?? []) this.#remove(workerId, id);
    this.#followed.delete(workerId);
  }

  /** The actor or group has ended, and everybody has been told. */
  dropSubject(id: ActorId | PlacementGroupId): void {
    for (const workerId of this.#followers.get(id) ?? []) this.#followed.get(workerId)?.delete(id);
    this.#followers.delete(id);
  }

  #remove(workerId: WorkerId, id: ActorId | PlacementGroupId): void {
    const followers = this.#followers.get(id);
    followers?.delete(workerId);
    if (followers?.size === 0) this.#followers.delete(id);
  }
}
