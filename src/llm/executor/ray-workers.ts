import { randomUUID } from 'node:crypto';
import {
  type ActorHandle,
  actorConnection,
  get,
  type ObjectRef,
  type PlacementGroup,
  placementGroup,
  remoteByPath,
} from '../../api/index.js';
import { hostId } from '../../channel/index.js';
import { builtModule, shortId } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { assignRanks, type PlacedBundle } from './assign-ranks.js';
import { createRankCalls, type RankProcess } from './rank-process.js';
import type { LLMWorkerMethods } from './worker-config.js';

/** Reached by path alone: the driver never loads the model worker. */
const WORKER_MODULE = builtModule('worker/model/llm-worker.js');

type WorkerClass = new () => LLMWorkerMethods;
type WorkerHandle = ActorHandle<LLMWorkerMethods>;

/**
 * Reserves a bundle for every rank. A group that has to wait says on standard error why.
 * @throws {PlacementGroupInfeasibleError} at once when the cluster can never hold them.
 */
export async function reserveBundles(config: EngineConfig): Promise<PlacementGroup> {
  const { worldSize } = config.parallel;
  const bundles = Array.from({ length: worldSize }, () => ({ CPU: config.args.cpusPerWorker }));
  const group = await placementGroup(bundles, {
    strategy: 'PACK',
    name: `llm ${config.servedModelName} ${shortId(randomUUID())}`,
  });
  return group.ready();
}

/** Starts a worker actor in every bundle. @returns them in the order of their ranks. */
export async function startWorkers(config: EngineConfig, group: PlacementGroup): Promise<RankProcess[]> {
  const Workers = remoteByPath<WorkerClass>(WORKER_MODULE, 'LLMWorker');
  const handles = group.bundleSpecs.map((_, bundleIndex) =>
    Workers.options({
      // Names are unique in a namespace, and a program may have several engines.
      name: `llm-worker-${shortId(group.id)}-${bundleIndex}`,
      numCpus: config.args.cpusPerWorker,
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: bundleIndex },
      maxConcurrency: 8,
    }).remote(),
  );
  return orderByRank(await Promise.all(handles.map(placedWorker)));
}

async function placedWorker(handle: WorkerHandle): Promise<RankProcess> {
  const { nodeId, hostname, pid, rpcAddress } = await actorConnection(handle)!.alive;
  const calls = createRankCalls((method, args) => {
    const remote = handle[method].remote as (...args: readonly unknown[]) => ObjectRef<unknown>;
    return get(remote(...args));
  });
  return { calls, ownerId: handle.actorId, nodeId, hostname, pid, rpcAddress, place: await calls.describe() };
}

function orderByRank(workers: readonly RankProcess[]): RankProcess[] {
  const bundles: PlacedBundle[] = workers.map(({ nodeId, place }, bundleIndex) => ({
    bundleIndex,
    nodeId,
    hostId: place.hostId,
  }));
  return assignRanks(bundles, hostId()).map(({ bundleIndex }) => workers[bundleIndex]!);
}
