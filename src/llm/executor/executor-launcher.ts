import type { RayError } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorConfig } from './executor-config.js';

/** How far a rank is with loading its part of the model. */
export interface LoadProgress {
  readonly rank: number;
  /** What the rank is doing: "reading weights", "building graphs". */
  readonly phase: string;
  /** 0 to 1 over the whole load. */
  readonly fraction: number;
}

export interface LaunchHooks {
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called with lines that tell what the engine chose, as vLLM logs them; before the model is loaded. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/** Ranks that are placed, and the way for the engine core to reach them. */
export interface LaunchedExecutor {
  readonly config: ExecutorConfig;
  /** Calls back at most once, when a rank dies or fails outside of a step; at once if one already has. */
  onRankFailure(callback: (error: RayError) => void): void;
  /**
   * Calls a worker method on every rank; answers in rank order. Undefined where the ranks live in the engine core's thread,
   * which answers itself.
   * @throws {DeadlineExceededError} naming the ranks that didn't answer within `timeoutMs`; default no limit.
   */
  collectiveRpc?(method: string, args: readonly unknown[], timeoutMs?: number): Promise<unknown[]>;
  /** Asks every rank whether it is well; undefined as above. @throws what a rank fails with, or that it is silent. */
  checkHealth?(): Promise<void>;
  /** The engine core is attached: files that only served to find each other can go, so that a kill leaves none behind. */
  sealChannels(): Promise<void>;
  /** Ends the ranks and gives back their resources; idempotent. */
  shutdown(): Promise<void>;
}

/** Places the ranks of an engine somewhere. */
export interface ExecutorLauncher {
  /** Resolves when every rank that lives outside of the engine core's thread has loaded its model. */
  launch(config: EngineConfig, hooks: LaunchHooks): Promise<LaunchedExecutor>;
}
