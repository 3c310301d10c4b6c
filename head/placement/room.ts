import { type Claim, claimsBefore, withoutClaims } from './claims.js';
import type { ClusterView } from './cluster-view.js';
import type { HoldersByNode } from './holder-table.js';
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

  /** Who holds what of these nodes, and who claims what of them before the same request. */
  holdersFor(id: string, sinceMs: number, nodes: readonly NodeSnapshot[]): HoldersByNode {
    const claims = claimsBefore(this.#claims, id, sinceMs);
    const held = this.view.holders(nodes);
    return new Map(
      nodes.map(({ nodeId }) => {
        const claimed = claims.flatMap(({ name, byNode }) => {
          const resources = byNode.get(nodeId);
          return resources ? [{ holder: `${name}, which has waited longer,`, resources }] : [];
        });
        return [nodeId, [...(held.get(nodeId) ?? []), ...claimed]];
      }),
    );
  }
}
