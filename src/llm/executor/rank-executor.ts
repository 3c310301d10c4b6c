import { availableParallelism } from 'node:os';
import { chooseSpinMicroseconds, connectRemoteRing, createRing, removeRing } from '../../channel/index.js';
import {
  type Credentials,
  Deferred,
  invariant,
  type RankFailedError,
  type RayError,
  toError,
} from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { placeOfRank } from '../config/parallel-config.js';
import { createAbortFlag } from './abort-flag.js';
import { callAllRanks, HEALTH_CHECK_TIMEOUT_MS } from './call-all-ranks.js';
import type { LaunchedExecutor } from './executor-launcher.js';
import { HangWatch } from './hang-watch.js';
import type { ChannelPlan } from './plan-channels.js';
import { rankFailedError } from './rank-failed-error.js';
import type { RankProcess } from './rank-process.js';
import { rootFailure } from './root-failure.js';
import { StepsInFlight } from './steps-in-flight.js';

export interface RankExecutorParts {
  readonly config: EngineConfig;
  readonly plan: ChannelPlan;
  /** In rank order, loaded. */
  readonly ranks: readonly RankProcess[];
  /** For bridges to ranks on other hosts; undefined where all are on this one. */
  readonly credentials: Credentials | undefined;
  /** Ends the ranks' processes and gives back what they hold. */
  readonly release: () => Promise<void>;
}

/** Ranks in processes of their own that are loaded and wait for plans. */
export class RankExecutor implements LaunchedExecutor {
  readonly config: LaunchedExecutor['config'];
  readonly #parts: RankExecutorParts;
  readonly #failure: Promise<RayError>;
  readonly #steps = new StepsInFlight();
  readonly #hung = new Deferred<RayError>();
  readonly #hangWatch: HangWatch;
  #state: 'running' | 'ending' = 'running';

  constructor(parts: RankExecutorParts) {
    const { plan, ranks } = parts;
    this.#parts = parts;
    this.#failure = Promise.race([this.#watch(), this.#hung.promise]);
    this.#hangWatch = new HangWatch({
      steps: this.#steps,
      numRanks: ranks.length,
      ask: (rank) => ranks[rank]!.calls.computeProgress(),
      onHang: (rank, error) => this.#endHung(rank, error),
    });
    for (const ring of plan.driverRings) createRing(ring.path, ring);
    for (const bridge of plan.driverBridges) this.#openBridge(bridge);
    this.config = {
      kind: 'ring',
      controlRingPaths: plan.controlPaths,
      outputRingPath: plan.outputPath,
      maxConcurrentBatches: parts.config.parallel.pipelineParallelSize,
      spinMicroseconds: chooseSpinMicroseconds(ranks.length + 1, availableParallelism()),
      abortFlag: createAbortFlag(),
      stepWords: this.#steps.words,
    };
  }

  onRankFailure(callback: (error: RayError) => void): void {
    void this.#failure.then((error) => {
      if (this.#state === 'running') callback(error);
    });
  }

  async sealChannels(): Promise<void> {
    for (const ring of this.#parts.plan.driverRings) removeRing(ring.path);
    await Promise.all(this.#parts.ranks.map(({ calls }) => calls.sealChannels()));
  }

  collectiveRpc(method: string, args: readonly unknown[], timeoutMs?: number): Promise<unknown[]> {
    const answers = this.#parts.ranks.map(({ calls }) => calls.callMethod(method, args));
    return callAllRanks(`The worker method '${method}'`, answers, timeoutMs);
  }

  async checkHealth(): Promise<void> {
    const answers = this.#parts.ranks.map(({ calls }) => calls.callMethod('checkHealth', []));
    await callAllRanks('The health check', answers, HEALTH_CHECK_TIMEOUT_MS);
  }

  async shutdown(): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    this.#hangWatch.close();
    for (const ring of this.#parts.plan.driverRings) removeRing(ring.path);
    await this.#parts.release();
  }

  /** What ends a rank before it is told to. */
  #watch(): Promise<RayError> {
    const failures = this.#parts.ranks.map(async ({ calls }, rank) => {
      try {
        await calls.run();
        return new Promise<never>(() => undefined); // it ended in order
      } catch (error) {
        return this.#failureOf(rank, toError(error));
      }
    });
    return rootFailure(failures);
  }

  /** A process that is frozen ends by no other means, not even with the one that started it. */
  #endHung(rank: number, error: RayError): void {
    this.#hung.resolve(this.#failureOf(rank, error));
    this.#parts.release().catch(() => undefined); // shutdown releases again, and tells
  }

  #failureOf(rank: number, cause: Error): RankFailedError {
    const { config, ranks } = this.#parts;
    const { hostname, pid } = ranks[rank]!;
    return rankFailedError({ rank, ...placeOfRank(rank, config.parallel.tensorParallelSize), hostname, pid }, cause);
  }

  #openBridge(bridge: ChannelPlan['driverBridges'][number]): void {
    const { credentials } = this.#parts;
    invariant(credentials !== undefined, 'ranks on other hosts come with credentials');
    // A bridge that breaks closes its rings: the engine core's next wait fails, with the rank's own error beside it.
    connectRemoteRing({ ...bridge, credentials }).catch(() => undefined);
  }
}
