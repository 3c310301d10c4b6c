import { currentCluster, readClusterAccess } from '../../../src/process/index.js';
import { createHeadClient } from '../../../src/rpc/index.js';

const NAMESPACE = 'chaos';
/** A head that is being started again, on a store that is being started again. */
const PATIENCE_MS = 30_000;

/** Numbers in the head's table of keys. */
export interface Keys {
  /** Resolves when the head has acknowledged it. */
  put(key: string, value: number): Promise<void>;
  /** @returns 0 for a key that is not there. */
  get(key: string): Promise<number>;
  close(): void;
}

/** The table of the cluster of this host. @throws when the host has none. */
export function openKeys(): Keys {
  const { address, credentials } = readClusterAccess(currentCluster()!);
  const head = createHeadClient(address, credentials);
  head.waitForHead(PATIENCE_MS);
  return {
    async put(key, value) {
      await head.call('putKey', { namespace: NAMESPACE, key, value: Buffer.from(`${value}`), overwrite: true });
    },
    async get(key) {
      const { value } = await head.call('getKey', { namespace: NAMESPACE, key });
      return Number(Buffer.from(value).toString());
    },
    close: () => head.close(),
  };
}
