import { ensureConnection } from '../../api/index.js';

/**
 * Environment of a process that is to find the cluster that this one is connected to. With TLS, which is known by files, the
 * process finds them where this one did: in its environment, or among what `ray-ts start` left.
 */
export async function clusterEnvironment(): Promise<Readonly<Record<string, string>>> {
  const { cluster } = await ensureConnection();
  return { RAY_TS_ADDRESS: cluster.address, RAY_TS_TOKEN: cluster.credentials.token };
}
