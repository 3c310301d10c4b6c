import { setTimeout as sleep } from 'node:timers/promises';
import { createPlacementGroupId, type PlacementGroupId, toFixedPoint } from '../../../src/core/index.js';
import { currentCluster, readClusterAccess } from '../../../src/process/index.js';
import { createHeadClient } from '../../../src/rpc/index.js';

/** A head that is being started again, on a store that is being started again. */
const PATIENCE_MS = 30_000;
const POLL_MS = 50;
const BUNDLES = [{ CPU: 0.5 }, { CPU: 0.5 }];

export type Strategy = 'PACK' | 'SPREAD' | 'STRICT_PACK' | 'STRICT_SPREAD';

/** Detached placement groups of two bundles: nobody's end is theirs. */
export interface Groups {
  /** Resolves when the head has acknowledged it. */
  create(name: string, strategy: Strategy): Promise<PlacementGroupId>;
  /** Waits for the bundles at most so long. */
  wait(id: PlacementGroupId, timeoutMs: number): Promise<void>;
  /** Resolves when the head has acknowledged it. */
  remove(id: PlacementGroupId): Promise<void>;
  close(): void;
}

/** The groups of the cluster of this host. @throws when the host has none. */
export function openGroups(jobId: string): Groups {
  const { address, credentials } = readClusterAccess(currentCluster()!);
  const head = createHeadClient(address, credentials);
  head.waitForHead(PATIENCE_MS);
  return {
    async create(name, strategy) {
      const placementGroupId = createPlacementGroupId();
      await head.call('createPlacementGroup', {
        placementGroupId,
        jobId,
        name,
        namespace: 'chaos',
        strategy: `PLACEMENT_STRATEGY_${strategy}`,
        bundles: BUNDLES.map((bundle) => ({ units: toFixedPoint(bundle) })),
        detached: true,
        waitForNodes: true,
      });
      return placementGroupId;
    },
    async wait(placementGroupId, timeoutMs) {
      for (const endMs = Date.now() + timeoutMs; Date.now() < endMs; await sleep(POLL_MS)) {
        const { placementGroup } = await head.call('getPlacementGroup', { placementGroupId });
        if (placementGroup?.state === 'PLACEMENT_GROUP_STATE_CREATED') return;
      }
    },
    async remove(placementGroupId) {
      await head.call('removePlacementGroup', { placementGroupId });
    },
    close: () => head.close(),
  };
}
