import type { Logger } from '../src/core/index.js';
import { Head } from './head.js';
import type { HeadConfig } from './head-config.js';
import { HeadDoor } from './head-door.js';
import type { HeadStore } from './store/head-store.js';
import { waitForLease } from './wait-for-lease.js';

/**
 * Listens, waits for the lease of a head that died, and goes on with its cluster or begins a new one.
 * @param onLost called when another head has taken the lease: this one must end.
 * @returns the head and the port it listens on.
 */
export async function startHead(
  config: HeadConfig,
  store: HeadStore,
  storeDescription: string,
  logger: Logger,
  onLost: (reason: string) => void,
): Promise<{ head: Head; port: number }> {
  const door = new HeadDoor(config.credentials);
  try {
    const port = await door.listen(config.host, config.port);
    const lease = await waitForLease(store, holderName(config), config.takeoverMs);
    const address = `${config.host}:${port}`;
    return { head: await Head.lead({ config, store, storeDescription, lease, door, address, logger, onLost }), port };
  } catch (error) {
    door.close();
    throw error;
  }
}

/** Who holds the lease, for the next head on this host and for people: the same name for the next head of this session. */
const holderName = ({ host, sessionDirectory }: HeadConfig): string => `${host} ${sessionDirectory}`;
