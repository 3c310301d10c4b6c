import { ActorUnavailableError, type Credentials } from '../../core/index.js';
import { type ObjectOwner, RpcClient } from '../../rpc/index.js';
import type { OwnerStream } from './owner-line.js';

/** A stream to the owner of objects, by a connection of its own: one that broke is not waited for. */
export function openOwnerStream(credentials: Credentials, owner: ObjectOwner): OwnerStream {
  const client = new RpcClient('WorkerService', {
    address: owner.rpcAddress,
    credentials,
    peer: `Worker ${owner.workerId} at ${owner.rpcAddress}`,
    unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
  });
  return { stream: client.stream('objects'), close: () => client.close() };
}
