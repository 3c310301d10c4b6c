import type { StoredObject } from '../../rpc/index.js';
import type { NodeDeaths } from './node-deaths.js';
import type { ObjectStoreClient, OpenOutcome } from './object-store-client.js';

export interface OpenLivingCopyOptions {
  readonly store: ObjectStoreClient;
  readonly deaths: NodeDeaths;
  /** Told of a copy that came after all, when it had been given up. */
  readonly onLate: (outcome: OpenOutcome) => void;
}

/**
 * Opens a stored object from the nodes that live. When the last of them dies meanwhile it is lost at once: a connection to a
 * host that vanished takes long to fail.
 *
 * @throws as {@link ObjectStoreClient.open}.
 */
export function openLivingCopy(
  objectId: string,
  ownerWorkerId: string,
  stored: StoredObject,
  { store, deaths, onLate }: OpenLivingCopyOptions,
): Promise<OpenOutcome> {
  const locations = stored.locations.filter(({ nodeId }) => !deaths.isDead(nodeId));
  if (locations.length === 0) return Promise.resolve(allDead(stored));
  for (const { nodeId } of locations) deaths.follow(nodeId);
  return new Promise((resolve, reject) => {
    let state: 'opening' | 'over' = 'opening';
    const end = (): void => {
      state = 'over';
      stop();
    };
    const stop = deaths.onDeath(() => {
      if (!locations.every(({ nodeId }) => deaths.isDead(nodeId))) return;
      end();
      resolve(allDead(stored));
    });
    store.open(objectId, ownerWorkerId, { ...stored, locations }).then(
      (outcome) => {
        if (state === 'over') onLate(outcome);
        else resolve(outcome);
        end();
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

const allDead = ({ locations }: StoredObject): OpenOutcome => {
  const names = locations.map(({ nodeId }) => nodeId);
  const reason = `The nodes that had it died: ${names.join(', ') || 'none is known'}.`;
  return { kind: 'lost', lost: locations, reason };
};
