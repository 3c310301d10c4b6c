import type { StageConfig } from '../config/stage-config.js';

/** Every rank in the engine core's own thread, stage by stage. */
export interface UniExecutorConfig {
  readonly kind: 'uni';
  /** In pipeline order; each lists all tensor ranks as local ones. */
  readonly stages: readonly StageConfig[];
  /** Fills the weights at random from this seed; undefined reads them from the model's folder. */
  readonly randomWeightsSeed: number | undefined;
  /** `path/to/file.ts:ClassName`, whose methods workers have besides their own; empty for none. */
  readonly workerExtensionCls: string;
}

/** Ranks in other processes, already loaded, that read plans from rings and answer on one. */
export interface RingExecutorConfig {
  readonly kind: 'ring';
  /** One for every rank, in rank order; each has this executor as its only writer. */
  readonly controlRingPaths: readonly string[];
  /** Written by the output rank. */
  readonly outputRingPath: string;
  readonly maxConcurrentBatches: number;
  /** How long a wait spins before it sleeps; 0 where ranks and this thread share too few cores. */
  readonly spinMicroseconds: number;
  /** From {@link createAbortFlag}; raised when a rank is known to be gone, so that a blocked wait ends. */
  readonly abortFlag: Int32Array;
  /** The words of {@link StepsInFlight}. */
  readonly stepWords: Int32Array;
}

/** How the engine core's thread builds its executor: plain data, since it crosses a thread. */
export type ExecutorConfig = UniExecutorConfig | RingExecutorConfig;
