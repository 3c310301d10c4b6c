import { type Credentials, hostAndPortOf, InvalidArgumentError } from '../../core/index.js';
import { chooseTlsFiles, readClusterAccess } from '../../process/index.js';

/** Of worlds that never leave this machine, where nobody gave a secret. */
const LOOPBACK_TOKEN = 'loopback';

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);

/**
 * What the ranks of a world at `address` show each other when the caller names nothing: the token of RAY_TS_TOKEN and the
 * files of RAY_TS_TLS_CERT, RAY_TS_TLS_KEY and RAY_TS_TLS_CA.
 * @throws {InvalidArgumentError} when others can reach the address and there is no token.
 */
export function rendezvousCredentials(
  address: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Credentials {
  const token = environment['RAY_TS_TOKEN'] || (isLoopback(hostAndPortOf(address).host) ? LOOPBACK_TOKEN : undefined);
  if (token) return readClusterAccess({ address, token, tls: chooseTlsFiles() }).credentials;
  throw new InvalidArgumentError(
    `The ranks that meet at ${address} need a secret, because other hosts can reach it: set RAY_TS_TOKEN to the same ` +
      'long random text for all of them.',
  );
}
