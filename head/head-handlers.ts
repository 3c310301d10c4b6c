import type { HeadParts } from './compose-head.js';
import { KeyValueTable } from './kv/key-value-table.js';
import { PackageStore } from './packages/package-store.js';
import { boundedByStore } from './services/bounded-by-store.js';
import { clusterService } from './services/cluster-service.js';
import { forwardLogLines } from './services/forward-log-lines.js';
import { headService } from './services/head-service.js';

/** HeadService, over the parts of a head. @param storeDescription how the head keeps its state, for people. */
export function headHandlers(parts: HeadParts, storeDescription: string) {
  const { config, journal, logger, scheduler, places, ends, taskEvents, standbys, drains, workers } = parts;
  const { clusterId, version, leaseMs, headLeaseMs } = config;
  const shared = { clusterId, version, leaseMs, headLeaseMs, journal, logger, headAddresses: () => places.list() };
  const handlers = headService({
    node: {
      ...shared,
      bundles: parts.bundles,
      clockSkews: parts.clockSkews,
      sessions: parts.nodeSessions,
      streams: parts.nodes,
      scheduler,
      onChange: () => scheduler.schedule(),
      onReport: (_nodeId, { logLines }) => {
        if (logLines) forwardLogLines(logLines, journal, workers);
      },
      onLeft: (nodeId) => ends.onNodeDied(nodeId, 'it was stopped'),
    },
    worker: {
      ...shared,
      sessions: parts.workerSessions,
      streams: workers,
      news: parts.news,
      scheduler,
      taskEvents,
      onLeft: (workerId) => ends.onWorkerLeft(workerId, 'it disconnected'),
    },
    standbys,
    storeDescription,
  });
  const others = clusterService({
    keys: new KeyValueTable(journal),
    packages: new PackageStore(parts.store, journal),
    taskEvents,
    drains,
    standbys,
    version,
  });
  return boundedByStore({ ...handlers, ...others }, journal, config.storeWaitMs);
}
