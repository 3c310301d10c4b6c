import { randomUUID } from 'node:crypto';
import { type ActorHandle, actorConnection, get, kill, type ObjectRef, remoteByPath } from '../../api/index.js';
import { hostId } from '../../channel/index.js';
import { builtModule, shortId } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { assignRanks, type PlacedBundle } from './assign-ranks.js';
import { createRankCalls, type RankProcess } from './rank-process.js';
import type { RankBundles } from './ray-bundles.js';
import type { LLMWorkerMethods } from './worker-config.js';

/** Reached by path alone: the driver never loads the model worker. */
const WORKER_MODULE = builtModule('worker/model/llm-worker.js');

type WorkerClass = new () => LLMWorkerMethods;
type WorkerHandle = ActorHandle<LLMWorkerMethods>;

/** The actors of the ranks, on their way up. */
export interface RankActors {
  /** In rank order, when all are up. @throws {ActorDiedError} when one can't start. */
  readonly placed: Promise<RankProcess[]>;
  /** Ends them and gives back what the engine has reserved. */
  release(): Promise<void>;
}

/** Starts a worker actor in every bundle. */
export function startWorkers(config: EngineConfig, { group, indices, isOwn }: RankBundles): RankActors {
  const Workers = remoteByPath<WorkerClass>(WORKER_MODULE, 'LLMWorker');
  const engine = shortId(randomUUID());
  const handles = indices.map((bundleIndex, index) =>
    Workers.options({
      // Names are unique in a namespace, and a program may have several engines.
      name: `llm-worker-${engine}-${index}`,
      numCpus: config.args.cpusPerWorker,
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: bundleIndex },
      maxConcurrency: 8,
    }).remote(),
  );
  return {
    placed: Promise.all(handles.map(placedWorker)).then(orderByRank),
    // A head that is away can't be told; the lease on the job ends the ranks then.
    release: async () => {
      const ends = isOwn ? [group.remove()] : handles.map((handle) => kill(handle));
      await Promise.all(ends.map((end) => end.catch(() => undefined)));
    },
  };
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
