import {
  type Credentials,
  createWorkerId,
  IllegalStateError,
  NotInitializedError,
  type WorkerId,
} from '../core/index.js';
import { RpcServer } from '../rpc/index.js';
import { Calls } from './calls/calls.js';
import { provideCalls } from './calls/current-calls.js';
import type { HeadConnection } from './head-connection.js';
import { isPortRefused } from './objects/is-port-refused.js';
import type { ObjectStoreClient } from './objects/object-store-client.js';
import { openOwnerStream } from './objects/open-owner-stream.js';
import { ProcessObjects } from './objects/process-objects.js';

/** How a process is reached, and reaches the others, once it is part of a cluster. */
export interface RuntimeNetwork {
  readonly credentials: Credentials;
  readonly store: ObjectStoreClient;
  /** host:port of a WorkerService that hands its Objects streams to {@link Runtime.objects}; or the address to start one at. */
  readonly server: { readonly rpcAddress: string } | { readonly host: () => Promise<string> };
}

/**
 * What a process keeps that runs user code, drivers and workers alike: who it is, its objects, its calls. It is there before
 * the process is connected, so that calls and refs can be made at once; they wait for the connection.
 */
export class Runtime {
  readonly workerId: WorkerId;
  readonly objects: ProcessObjects;
  readonly calls: Calls;
  #server: RpcServer | undefined;

  /** @param connect connects this process to its cluster, if it is not. */
  constructor(workerId: WorkerId, connect: () => Promise<HeadConnection>) {
    this.workerId = workerId;
    this.objects = new ProcessObjects({ workerId });
    this.calls = new Calls({ workerId, objects: this.objects, connect });
  }

  /** The process is part of a cluster now. */
  join({ credentials, store, server }: RuntimeNetwork): void {
    this.objects.connect({
      store,
      address: () => ('rpcAddress' in server ? server.rpcAddress : this.#serve(credentials, server.host)),
      openLine: (owner) => openOwnerStream(credentials, owner),
      isRefused: (owner) => isPortRefused(owner.rpcAddress),
    });
  }

  /** The process has a session with the head, its first or after one that was lost. */
  attach(connection: HeadConnection): void {
    this.objects.followNodes(connection.nodeUpdates);
  }

  /** Gives back what it borrows and frees what it owns; its refs are of no use any more. */
  async close(): Promise<void> {
    await this.objects.close(new NotInitializedError('This program has shut down its connection to the cluster.'));
    this.#server?.close();
  }

  async #serve(credentials: Credentials, findHost: () => Promise<string>): Promise<string> {
    const host = await findHost();
    this.#server = new RpcServer(credentials);
    this.#server.addService('WorkerService', { objects: (stream) => this.objects.serve(stream) });
    return `${host}:${await this.#server.listen(host, 0)}`;
  }
}

interface RuntimeHolder {
  current?: Runtime | undefined;
  connect?: () => Promise<HeadConnection>;
}

/** On the global object, so that two copies of the package in one process share it. */
const key = Symbol.for('ray-ts.runtime');
const shared = globalThis as unknown as Record<symbol, RuntimeHolder | undefined>;
const holder: RuntimeHolder = shared[key] ?? {};
shared[key] = holder;

/** Says how this process connects when something first needs it to. */
export function provideConnection(connect: () => Promise<HeadConnection>): void {
  holder.connect = connect;
}

/** What this process keeps; a driver that was shut down begins anew, as another worker. */
export function currentRuntime(): Runtime {
  holder.current ??= startRuntime(createWorkerId());
  return holder.current;
}

/** Begins the runtime of a process whose worker id is given. */
export function startRuntime(workerId: WorkerId): Runtime {
  const connect = async (): Promise<HeadConnection> => {
    if (!holder.connect) throw new IllegalStateError('This process has no way to connect to a cluster.');
    return holder.connect();
  };
  holder.current = new Runtime(workerId, connect);
  return holder.current;
}

/** Ends a runtime. If it is the current one, the next thing that needs one begins anew. */
export async function closeRuntime(runtime: Runtime): Promise<void> {
  if (holder.current === runtime) holder.current = undefined;
  await runtime.close();
}

provideCalls(() => currentRuntime().calls);
