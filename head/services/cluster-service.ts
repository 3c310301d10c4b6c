import { InvalidArgumentError, type NodeId } from '../../src/core/index.js';
import type { ServiceHandlers, Services } from '../../src/rpc/index.js';
import type { KeyValueTable } from '../kv/key-value-table.js';
import type { DrainKeeper } from '../membership/drain-keeper.js';
import type { StandbyTable } from '../membership/standby-table.js';
import type { PackageStore } from '../packages/package-store.js';
import { serveDownload, serveUpload } from '../packages/serve-packages.js';
import type { TaskEventRing } from '../tasks/task-event-ring.js';

export interface ClusterServiceOptions {
  readonly keys: KeyValueTable;
  readonly packages: PackageStore;
  readonly taskEvents: TaskEventRing;
  readonly drains: DrainKeeper;
  readonly standbys: StandbyTable;
  readonly version: string;
}

/** The handlers of the HeadService that concern neither actors nor groups. */
export function clusterService(options: ClusterServiceOptions): Partial<ServiceHandlers<Services['HeadService']>> {
  const { keys, packages, taskEvents, drains, standbys } = options;
  return {
    putKey: async ({ namespace, key, value, overwrite }) => ({
      stored: await keys.put(namespace, key, value, overwrite),
    }),
    getKey: async ({ namespace, key }) => {
      const value = keys.get(namespace, key);
      return value ? { found: true, value } : { found: false };
    },
    deleteKey: async ({ namespace, key }) => {
      await keys.delete(namespace, key);
      return {};
    },
    listKeys: async ({ namespace, prefix }) => ({ keys: keys.keys(namespace, prefix) }),
    uploadPackage: (stream) => serveUpload(stream, packages),
    downloadPackage: (stream) => serveDownload(stream, packages),
    listTasks: async ({ jobId, limit }) => ({
      events: taskEvents.list(jobId, limit),
      numDropped: taskEvents.numDropped,
    }),
    drainNode: async ({ nodeId, reason, deadlineMs }) => {
      await drains.drain(nodeId as NodeId, reason || 'it was drained', deadlineMs);
      return {};
    },
    announceStandby: async ({ address, hostname, version }) => {
      requireSameVersion(hostname, version, options.version);
      standbys.heard({ address, hostname });
      return {};
    },
  };
}

function requireSameVersion(hostname: string, version: string, headVersion: string): void {
  if (version === headVersion) return;
  throw new InvalidArgumentError(
    `The standby on ${hostname} runs ray-ts ${version}, the head ${headVersion}. Install the same version on both.`,
  );
}
