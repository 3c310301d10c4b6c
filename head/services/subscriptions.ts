import type { ActorId, NodeId, PlacementGroupId, WorkerId } from '../../src/core/index.js';

/** What a worker may follow. */
export type SubjectId = ActorId | PlacementGroupId | NodeId;

/** Which workers are told of which actors, placement groups and nodes. Soft: a worker repeats its own when it registers again. */
export class Subscriptions {
  readonly #followers = new Map<SubjectId, Set<WorkerId>>();
  readonly #followed = new Map<WorkerId, Set<SubjectId>>();

  follow(workerId: WorkerId, id: SubjectId): void {
    this.#followers.set(id, (this.#followers.get(id) ?? new Set()).add(workerId));
    this.#followed.set(workerId, (this.#followed.get(workerId) ?? new Set()).add(id));
  }

  followersOf(id: SubjectId): readonly WorkerId[] {
    return [...(this.#followers.get(id) ?? [])];
  }

  /** The worker is gone, or has begun anew. */
  dropWorker(workerId: WorkerId): void {
    for (const id of this.#followed.get(workerId) ?? []) this.#remove(workerId, id);
    this.#followed.delete(workerId);
  }

  /** The actor, group or node has ended, and everybody has been told. */
  dropSubject(id: SubjectId): void {
    for (const workerId of this.#followers.get(id) ?? []) this.#followed.get(workerId)?.delete(id);
    this.#followers.delete(id);
  }

  #remove(workerId: WorkerId, id: SubjectId): void {
    const followers = this.#followers.get(id);
    followers?.delete(workerId);
    if (followers?.size === 0) this.#followers.delete(id);
  }
}
