import { type Claim, claimsBefore, withoutClaims } from './claims.js';
import type { ClusterView } from './cluster-view.js';
import type { NodeSnapshot } from './node-snapshot.js';

/** What is free in the cluster as one request may use it: without what those claim who wait longer. */
export class Room {
  readonly view: ClusterView;
  #claims: readonly Claim[] = [];

  constructor(view: ClusterView) {
    this.view = view;
  }

  setClaims(claims: readonly Claim[]): void {
    this.#claims = claims;
  }

  get hasClaims(): boolean {
    return this.#claims.length > 0;
  }

  /**
   * The nodes that may take work.
   * @param id of who asks: it does not yield to its own claim.
   * @param sinceMs since when it waits, Unix milliseconds.
   */
  nodesFor(id: string, sinceMs: number): readonly NodeSnapshot[] {
    return withoutClaims(this.view.nodes(), claimsBefore(this.#claims, id, sinceMs));
  }
}
