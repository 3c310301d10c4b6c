import { type Credentials, HeadUnavailableError } from '../core/index.js';
import { RpcClient } from './client.js';

export type HeadClient = RpcClient<'HeadService'>;

/** Calls the head at `address` (host:port); one that can't be reached is a {@link HeadUnavailableError}. */
export function createHeadClient(address: string, credentials: Credentials): HeadClient {
  return new RpcClient('HeadService', {
    address,
    credentials,
    peer: `The head at ${address}`,
    unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
  });
}
