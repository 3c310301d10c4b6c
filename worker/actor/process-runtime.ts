import { sleep, type WorkerContext } from '../../src/core/index.js';
// For its effect: values that hold handles can be read, also by code that never imports the API.
import '../../src/runtime/handles/actor-handle.js';
import { createLocalObjectStoreClient } from '../../src/runtime/objects/local-object-store-client.js';
import { provideConnection, type Runtime, startRuntime } from '../../src/runtime/runtime.js';
import { workerConnection } from '../../src/runtime/worker-connection.js';
import { createOwnNodeStore } from './own-node-store.js';

/** Its end comes by another way than the error, milliseconds later; a busy machine may take longer. */
const AGENTS_END_MS = 10_000;

/** Begins what an actor or task worker keeps: its objects and calls. It connects to the head when its code first needs that. */
export function startProcessRuntime(context: WorkerContext): Runtime {
  const { clusterId, nodeId, agentAddress, credentials, rpcAddress, workerId } = context;
  provideConnection(() => workerConnection(context));
  const runtime = startRuntime(workerId);
  const local = createLocalObjectStoreClient({ clusterId, node: { nodeId, agentAddress }, credentials });
  const store = createOwnNodeStore(local, () => sleep(AGENTS_END_MS));
  runtime.join({ credentials, store, server: { rpcAddress } });
  return runtime;
}
