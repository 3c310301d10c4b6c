import { availableParallelism } from 'node:os';
import { get, type HeadConnection, type PlacementGroup } from '../../api/index.js';
import { chooseSpinMicroseconds, connectRemoteRing, createRing, removeRing } from '../../channel/index.js';
import { type Credentials, type RayError, toError } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { placeOfRank } from '../config/parallel-config.js';
import { createAbortFlag } from './abort-flag.js';
import type { LaunchedExecutor } from './executor-launcher.js';
import type { ChannelPlan } from './plan-channels.js';
import { rankFailedError } from './rank-failed-error.js';
import type { PlacedWorker } from './ray-workers.js';
import { rootFailure } from './root-failure.js';

/** Ranks that are loaded and wait for plans. */
export class RayExecutor implements LaunchedExecutor {
  readonly config: LaunchedExecutor['config'];
  readonly #group: PlacementGroup;
  readonly #plan: ChannelPlan;
  readonly #ranks: readonly PlacedWorker[];
  readonly #failure: Promise<RayError>;
  #state: 'running' | 'ending' = 'running';

  constructor(
    config: EngineConfig,
    driver: HeadConnection,
    group: PlacementGroup,
    plan: ChannelPlan,
    ranks: readonly PlacedWorker[],
  ) {
    this.#group = group;
    this.#plan = plan;
    this.#ranks = ranks;
    this.#failure = this.#watch(config.parallel.tensorParallelSize);
    for (const ring of plan.driverRings) createRing(ring.path, ring);
    for (const bridge of plan.driverBridges) this.#openBridge(bridge, driver.cluster.credentials);
    this.config = {
      kind: 'ring',
      controlRingPaths: plan.controlPaths,
      outputRingPath: plan.outputPath,
      maxConcurrentBatches: config.parallel.pipelineParallelSize,
      spinMicroseconds: chooseSpinMicroseconds(ranks.length + 1, availableParallelism()),
      abortFlag: createAbortFlag(),
    };
  }

  onRankFailure(callback: (error: RayError) => void): void {
    void this.#failure.then((error) => {
      if (this.#state === 'running') callback(error);
    });
  }

  async sealChannels(): Promise<void> {
    for (const ring of this.#plan.driverRings) removeRing(ring.path);
    await get(this.#ranks.map(({ handle }) => handle.sealChannels.remote()));
  }

  async shutdown(): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    for (const ring of this.#plan.driverRings) removeRing(ring.path);
    // A head that is away can't be told; the lease on the job ends the ranks then.
    await this.#group.remove().catch(() => undefined);
  }

  /** What ends a rank before it is told to. */
  #watch(tensorParallelSize: number): Promise<RayError> {
    const failures = this.#ranks.map(async ({ handle, hostname, pid }, rank) => {
      try {
        await get(handle.run.remote());
        return new Promise<never>(() => undefined); // it ended in order
      } catch (error) {
        return rankFailedError({ rank, ...placeOfRank(rank, tensorParallelSize), hostname, pid }, toError(error));
      }
    });
    return rootFailure(failures);
  }

  #openBridge(bridge: ChannelPlan['driverBridges'][number], credentials: Credentials): void {
    // A bridge that breaks closes its rings: the engine core's next wait fails, with the rank's own error beside it.
    connectRemoteRing({ ...bridge, credentials }).catch(() => undefined);
  }
}
