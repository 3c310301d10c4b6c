import { type Logger, toError } from '../src/core/index.js';
import { moveCluster } from '../src/process/index.js';
import { Head } from './head.js';
import type { HeadConfig } from './head-config.js';
import { HeadDoor } from './head-door.js';
import { CLUSTER_ROW, type LeaseKeeper } from './lease-keeper.js';
import { decodeClusterRow, requireSameCluster } from './recovery/cluster-row.js';
import { decodeHeadRow, HEAD_ROW } from './recovery/head-row.js';
import { Standby } from './standby.js';
import type { HeadStore } from './store/head-store.js';

export interface StartedStandby {
  readonly standby: { close(): Promise<void> };
  readonly ready: { readonly port: number; readonly clusterId: string; readonly headAddress: string };
}

/**
 * Starts a head that waits until the one in charge is gone, and then goes on in its place.
 * @throws {InvalidArgumentError} when it could not: another token than the cluster's, a taken port.
 */
export async function startStandby(
  config: HeadConfig,
  store: HeadStore,
  storeDescription: string,
  logger: Logger,
  onLost: (reason: string) => void,
): Promise<StartedStandby> {
  const seen = await lookAtCluster(config, store);
  const door = new HeadDoor(config.credentials);
  const port = await door.listen(config.host, config.port);
  const address = `${config.host}:${port}`;
  const { credentials, version, host, sessionDirectory } = config;
  const standby = new Standby({ store, holder: `${host} ${sessionDirectory}`, address, credentials, version, logger });
  const lead = async (lease: LeaseKeeper): Promise<Head> => {
    logger.info({ address }, 'takes over as the head');
    const head = await Head.lead({ config, store, storeDescription, lease, door, address, logger, onLost });
    moveCluster(sessionDirectory, address);
    return head;
  };
  const leading = standby.waitForLease().then((lease) => lease && lead(lease));
  leading.catch((error: unknown) => onLost(`it could not take over: ${toError(error).message}`));
  logger.info({ address, head: seen.headAddress }, 'stands by');
  const close = async (): Promise<void> => {
    standby.close();
    // A take-over that failed has said so.
    const head = await leading.catch(() => undefined);
    if (head) return head.close();
    door.close();
    await store.close();
  };
  return { standby: { close }, ready: { port, clusterId: seen.clusterId, headAddress: seen.headAddress || address } };
}

/** What there is to take over, told apart early: a standby that may not go on with it must not wait for years to say so. */
async function lookAtCluster(
  { clusterId, version, credentials }: HeadConfig,
  store: HeadStore,
): Promise<{ readonly clusterId: string; readonly headAddress: string }> {
  const cluster = await store.get('metadata', CLUSTER_ROW);
  if (!cluster) return { clusterId, headAddress: '' };
  const row = decodeClusterRow(cluster);
  requireSameCluster(row, { clusterId, version, token: credentials.token });
  const head = await store.get('metadata', HEAD_ROW);
  return { clusterId: row.clusterId, headAddress: head ? decodeHeadRow(head).address : '' };
}
