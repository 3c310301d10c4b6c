import { Option } from 'commander';
import { type Credentials, InvalidArgumentError } from '../core/index.js';
import { currentCluster, locateCluster, readClusterAccess } from '../process/index.js';
import { createHeadClient, type HeadClient } from '../rpc/index.js';

/** The cluster that a command asks. */
export interface ReachedHead {
  readonly address: string;
  readonly credentials: Credentials;
  readonly client: HeadClient;
}

/** `--address`, the same for every command that asks a running cluster. */
export const addressOption = (): Option =>
  new Option('--address <host:port,…>', "the cluster (default: RAY_TS_ADDRESS, else this machine's)").env(
    'RAY_TS_ADDRESS',
  );

/**
 * Runs `ask` with a client of the head that the flag, the environment or this machine's last start names.
 * @throws {InvalidArgumentError} when none of them names one, or there is no token for it.
 */
export async function withHead<T>(address: string | undefined, ask: (head: ReachedHead) => Promise<T>): Promise<T> {
  const wanted = address ?? currentCluster()?.address;
  if (!wanted) {
    throw new InvalidArgumentError(
      'No cluster was found on this machine. Start one with `ray-ts start --head`, or give --address.',
    );
  }
  const { credentials } = readClusterAccess(locateCluster(wanted, {}));
  const client = createHeadClient(wanted, credentials);
  try {
    return await ask({ address: wanted, credentials, client });
  } finally {
    client.close();
  }
}
