import type { GroupLinks } from '../../channel/spanning-tensor-parallel-group.js';
import type { StageConfig } from '../config/stage-config.js';
import type { HubWeights } from '../hub/locate-weights.js';
import type { ComputeProgress } from './find-hang.js';
import type { PinnedCores } from './pinned-cores.js';

/** A ring that its worker makes before anybody attaches to it. */
export interface RingSpec {
  readonly path: string;
  readonly capacityBytes: number;
}

/** A ring of this host that continues on another one. */
export interface BridgeSpec {
  /** host:port of the process that has the other ring. */
  readonly address: string;
  /** The name under which that process exposed it. */
  readonly channelId: string;
  readonly localPath: string;
  /** `push` sends this host's frames there, `pull` brings the other's here. */
  readonly direction: 'push' | 'pull';
}

/** Where a rank meets the other tensor ranks of its stage. */
export interface GroupChannels {
  /** The segment of the ranks that share memory with this one. */
  readonly path: string;
  /** Whether this rank makes the segment. */
  readonly isCreator: boolean;
  readonly numLocalRanks: number;
  /** To and from the ranks elsewhere; empty when all share memory. */
  readonly links: GroupLinks;
}

/** The channels of one rank, as its process sees them. */
export interface WorkerChannels {
  readonly rings: readonly RingSpec[];
  /** Rings that processes of other hosts connect to. */
  readonly exposed: readonly { readonly channelId: string; readonly path: string }[];
  /** Rings that this process connects to another host's, once all rings exist. */
  readonly bridges: readonly BridgeSpec[];
  /** Step plans come in here. */
  readonly controlPath: string;
  /** Hidden states of the stage before come in here; undefined on the first stage. */
  readonly inputPath: string | undefined;
  /** Hidden states, or the output rank's answers, go out here; undefined for the last stage's other ranks. */
  readonly outputPath: string | undefined;
  /** Where the tensor ranks meet; undefined when there is only one. */
  readonly group: GroupChannels | undefined;
}

/** Everything that a worker needs to become a rank: plain data, sent to it as a call's argument. */
export interface WorkerConfig {
  readonly rank: number;
  readonly stage: StageConfig;
  /** Fills the weights at random from this seed; undefined reads them from the model's folder. */
  readonly randomWeightsSeed: number | undefined;
  /** Where the weights come from when the model's folder is not on the worker's host; undefined for a local folder. */
  readonly hubWeights?: HubWeights | undefined;
  /** `path/to/file.ts:ClassName`, whose methods the worker has besides its own; empty for none. */
  readonly workerExtensionCls: string;
  readonly channels: WorkerChannels;
  /** How long a wait spins before it sleeps; 0 where the host's ranks outnumber its cores. */
  readonly spinMicroseconds: number;
  /** Undefined lets the system move the rank's threads. */
  readonly pinnedCores: PinnedCores | undefined;
}

/** What a worker tells of the place where it runs. */
export interface WorkerPlace {
  readonly hostId: string;
  readonly numCores: number;
}

/** How far a worker is with loading; `fraction` from 0 to 1. */
export interface WorkerProgress {
  readonly fraction: number;
  readonly what: string;
}

/** A rank's worker, as its caller sees it; worker/model/llm-worker.ts implements it. */
export interface LLMWorkerMethods {
  describe(): WorkerPlace;
  /** Makes the worker's rings and its group. */
  prepare(config: WorkerConfig): void;
  /** Attaches to the others' channels and loads the weights; all workers have prepared. */
  load(): Promise<void>;
  loadProgress(): WorkerProgress;
  /** Of the steps, once it is loaded. */
  computeProgress(): ComputeProgress;
  /** Removes the files of the channels, to which everyone is attached. */
  sealChannels(): void;
  /** Answers when the rank has ended: in order when its control ring was closed, with the error when a step failed. */
  run(): Promise<void>;
  /** Calls a method of the rank's {@link RankWorker}, or of its extension, beside its steps. */
  callMethod(method: string, args: readonly unknown[]): Promise<unknown>;
}
