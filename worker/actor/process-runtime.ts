import type { WorkerContext } from '../../src/core/index.js';
// For its effect: values that hold handles can be read, also by code that never imports the API.
import '../../src/runtime/handles/actor-handle.js';
import { createLocalObjectStoreClient } from '../../src/runtime/objects/local-object-store-client.js';
import { provideConnection, type Runtime, startRuntime } from '../../src/runtime/runtime.js';
import { workerConnection } from '../../src/runtime/worker-connection.js';

/** Begins what an actor or task worker keeps: its objects and calls. It connects to the head when its code first needs that. */
export function startProcessRuntime(context: WorkerContext): Runtime {
  const { clusterId, nodeId, agentAddress, credentials, rpcAddress, workerId } = context;
  provideConnection(() => workerConnection(context));
  const runtime = startRuntime(workerId);
  const store = createLocalObjectStoreClient({ clusterId, node: { nodeId, agentAddress }, credentials });
  runtime.join({ credentials, store, server: { rpcAddress } });
  return runtime;
}
