import { type ClusterAccess, InvalidArgumentError } from '../core/index.js';
import { type ClusterAddress, currentCluster } from './session-directory.js';
import { chooseTlsFiles, type GivenTlsFiles, readTlsFiles } from './tls-files.js';

/** How to reach a cluster, with the files that its certificate and key are in. */
export type ClusterLocation = Omit<ClusterAddress, 'clusterId'>;

/**
 * How to reach the cluster at `address`, which may be several with commas between. What the caller gave counts first, then the environment (RAY_TS_TOKEN,
 * RAY_TS_TLS_…), then what `ray-ts start` left on this machine, if it is that cluster.
 * @throws {InvalidArgumentError} when there is no token.
 */
export function locateCluster(
  address: string,
  given: { readonly token?: string | undefined; readonly tls?: GivenTlsFiles | undefined },
): ClusterLocation {
  const current = currentCluster();
  const places = new Set(address.split(','));
  const left = current?.address.split(',').some((place) => places.has(place)) ? current : undefined;
  const token = given.token ?? process.env['RAY_TS_TOKEN'] ?? left?.token;
  if (token) return { address, token, tls: chooseTlsFiles(given.tls) ?? left?.tls };
  throw new InvalidArgumentError(
    `The cluster at ${address} needs its token, which \`ray-ts start --head\` printed: set RAY_TS_TOKEN to it.`,
  );
}

/**
 * Reads what a location names. The texts, not the paths, go to the processes that are started with it: what was checked
 * here is what they use, and files that are replaced change nothing before the next start.
 * @throws {InvalidArgumentError} for a token that no connection can carry, and for files that can't be used.
 */
export function readClusterAccess({ address, token, tls }: ClusterLocation): ClusterAccess {
  // The message must not repeat it, as that of the transport would.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new InvalidArgumentError('The cluster token may hold visible ASCII characters only, and no spaces.');
  }
  return { address, credentials: { token, tls: tls && readTlsFiles(tls) } };
}
