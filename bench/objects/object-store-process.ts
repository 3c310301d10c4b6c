/** A node's object store in a process of its own: `object-store-process.ts CLUSTER NODE TOKEN`. It ends with its parent. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/core/index.js';
import { AgentStores, RpcServer } from '../../src/rpc/index.js';
import { ObjectStore } from '../../worker/agent/object-store/object-store.js';
import { objectStoreService } from '../../worker/agent/object-store/object-store-service.js';
import { ObjectTransfers } from '../../worker/agent/object-store/object-transfers.js';
import { chooseCapacity, measureMemory } from '../../worker/agent/object-store/store-capacity.js';

const [clusterId, nodeId, token] = process.argv.slice(2) as [string, string, string];
const store = new ObjectStore({
  nodeId,
  clusterId: () => clusterId,
  capacity: chooseCapacity(undefined, measureMemory()),
  spillPath: join(tmpdir(), `ray-ts-bench-${nodeId}`),
  logger: silentLogger,
});
const stores = new AgentStores({ token });
const server = new RpcServer({ token });
server.addService('ObjectStoreService', objectStoreService(store, new ObjectTransfers(store, stores)));
process.once('disconnect', () => {
  server.close();
  stores.close();
  store.close();
});
process.send?.(await server.listen('127.0.0.1', 0));
