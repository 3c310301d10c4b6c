import { segmentPath } from '../../channel/segment-path.js';
import type { EngineConfig } from '../config/engine-config.js';
import { maxLogprobsOf } from '../config/max-logprobs.js';
import { outputRank, placeOfRank, rankOfPlace } from '../config/parallel-config.js';
import { type GroupMember, planGroup } from './plan-group.js';
import { maxStepOutputBytes, maxStepPlanBytes, type StepFrameLimits } from './step-frame-sizes.js';
import type { BridgeSpec, RingSpec, WorkerChannels } from './worker-config.js';

/** A rank's process, placed. */
export interface PlacedRank {
  /** Owner of its segments. */
  readonly ownerId: string;
  /** Ranks with the same id share memory. */
  readonly hostId: string;
  /** host:port where the process takes bridges. */
  readonly rpcAddress: string;
}

/** The process of the engine core. */
export interface DriverPlace {
  readonly jobId: string;
  readonly hostId: string;
}

export interface ChannelPlan {
  /** By rank. */
  readonly workers: readonly WorkerChannels[];
  /** By rank: where the engine core writes plans. */
  readonly controlPaths: readonly string[];
  /** Where the engine core reads answers. */
  readonly outputPath: string;
  /** Rings that the driver makes, and bridges that it opens: none when every rank is on its host. */
  readonly driverRings: readonly RingSpec[];
  readonly driverBridges: readonly BridgeSpec[];
}

const FLOAT_BYTES = 4;
/** For the headers of the frames in a ring, many more than are ever in flight. */
const RING_SLACK_BYTES = 64 * 1024;

interface PlanInput {
  readonly clusterId: string;
  readonly config: EngineConfig;
  readonly ranks: readonly PlacedRank[];
  readonly driver: DriverPlace;
}

/**
 * Decides which rings, groups and bridges connect the engine core with the ranks and the ranks with each other. A ring
 * belongs to its reader, the answers' ring to the output rank; where its two ends are on different hosts the writer's host
 * has a ring of its own, and a bridge carries one into the other.
 */
export function planChannels(input: PlanInput): ChannelPlan {
  const { ranks, driver, config } = input;
  const workers = ranks.map((_, rank) => planWorker(input, rank));
  const answering = outputRank(config.parallel);
  const remoteControls = ranks.flatMap((place, rank) => (place.hostId === driver.hostId ? [] : [rank]));
  const answersRemotely = remoteControls.includes(answering);
  const ownPath = (name: string): string => segmentPath(input.clusterId, driver.jobId, name);
  const controlPaths = ranks.map((_, rank) =>
    remoteControls.includes(rank) ? ownPath(`control-${rank}`) : pathOf(input, rank, 'control'),
  );
  const outputPath = answersRemotely ? ownPath('output') : pathOf(input, answering, 'output');
  return {
    workers,
    controlPaths,
    outputPath,
    driverRings: [
      ...remoteControls.map((rank) => ({ path: controlPaths[rank]!, capacityBytes: controlBytes(config) })),
      ...(answersRemotely ? [{ path: outputPath, capacityBytes: outputBytes(config) }] : []),
    ],
    driverBridges: [
      ...remoteControls.map((rank) => driverBridge(ranks[rank]!, 'control', 'push', controlPaths[rank]!)),
      ...(answersRemotely ? [driverBridge(ranks[answering]!, 'output', 'pull', outputPath)] : []),
    ],
  };
}

function planWorker(input: PlanInput, rank: number): WorkerChannels {
  const { config, ranks, driver } = input;
  const { tensorParallelSize, pipelineParallelSize } = config.parallel;
  const { stage, tensorRank } = placeOfRank(rank, tensorParallelSize);
  const place = ranks[rank]!;
  const controlPath = pathOf(input, rank, 'control');
  const inputPath = stage > 0 ? pathOf(input, rank, 'hidden') : undefined;
  const output = planOutput(input, rank);
  const group = planGroup(config, stageMembers(input, stage), tensorRank);
  const previous = ranks[rank - tensorParallelSize];
  const isRemote = (other: { readonly hostId: string } | undefined): boolean =>
    other !== undefined && other.hostId !== place.hostId;
  const isOutputRank = stage === pipelineParallelSize - 1 && tensorRank === 0;
  return {
    rings: [
      { path: controlPath, capacityBytes: controlBytes(config) },
      ...(inputPath ? [{ path: inputPath, capacityBytes: hiddenBytes(config) }] : []),
      ...output.rings,
      ...group.rings,
    ],
    exposed: [
      ...(isRemote(driver) ? [{ channelId: 'control', path: controlPath }] : []),
      ...(isRemote(driver) && isOutputRank ? [{ channelId: 'output', path: output.path! }] : []),
      ...(inputPath && isRemote(previous) ? [{ channelId: 'hidden', path: inputPath }] : []),
      ...group.exposed,
    ],
    bridges: [...output.bridges, ...group.bridges],
    controlPath,
    inputPath,
    outputPath: output.path,
    group: group.group,
  };
}

function stageMembers(input: PlanInput, stage: number): GroupMember[] {
  const { tensorParallelSize } = input.config.parallel;
  return Array.from({ length: tensorParallelSize }, (_, tensorRank) => {
    const rank = rankOfPlace({ stage, tensorRank }, tensorParallelSize);
    const { hostId, rpcAddress } = input.ranks[rank]!;
    return { hostId, rpcAddress, pathOf: (name) => pathOf(input, rank, name) };
  });
}

interface PlannedOutput {
  readonly path: string | undefined;
  readonly rings: readonly RingSpec[];
  readonly bridges: readonly BridgeSpec[];
}

function planOutput(input: PlanInput, rank: number): PlannedOutput {
  const { config, ranks } = input;
  const { tensorParallelSize, pipelineParallelSize } = config.parallel;
  const { stage, tensorRank } = placeOfRank(rank, tensorParallelSize);
  if (stage === pipelineParallelSize - 1) {
    if (tensorRank > 0) return { path: undefined, rings: [], bridges: [] };
    const path = pathOf(input, rank, 'output');
    return { path, rings: [{ path, capacityBytes: outputBytes(config) }], bridges: [] };
  }
  const nextRank = rank + tensorParallelSize;
  const next = ranks[nextRank]!;
  if (next.hostId === ranks[rank]!.hostId) return { path: pathOf(input, nextRank, 'hidden'), rings: [], bridges: [] };
  const path = pathOf(input, rank, 'next-hidden');
  return {
    path,
    rings: [{ path, capacityBytes: hiddenBytes(config) }],
    bridges: [{ address: next.rpcAddress, channelId: 'hidden', localPath: path, direction: 'push' }],
  };
}

const driverBridge = (
  { rpcAddress }: PlacedRank,
  channelId: string,
  direction: 'push' | 'pull',
  localPath: string,
): BridgeSpec => ({ address: rpcAddress, channelId, direction, localPath });

function pathOf({ clusterId, ranks }: PlanInput, rank: number, name: string): string {
  return segmentPath(clusterId, ranks[rank]!.ownerId, name);
}

const frameLimits = ({ args, model, scheduler }: EngineConfig): StepFrameLimits => ({
  numSlots: scheduler.numLanes * scheduler.slotsPerLane,
  numRows: scheduler.sequencesPerLane,
  maxNumBatchedTokens: args.maxNumBatchedTokens,
  maxModelLen: model.maxModelLen,
  vocabSize: model.vocabSize,
  numEosTokens: scheduler.eosTokenIds.length,
  maxLogprobs: maxLogprobsOf(args, model),
});

/** The plans of all batches in flight, and as much again, so that the next ones are there when a rank is ready. */
const controlBytes = (config: EngineConfig): number =>
  RING_SLACK_BYTES + 2 * config.parallel.pipelineParallelSize * maxStepPlanBytes(frameLimits(config));

/** Two steps of the largest size, so that a stage writes one while the next reads the other. */
const hiddenBytes = ({ args, model }: EngineConfig): number =>
  RING_SLACK_BYTES + 2 * args.maxNumBatchedTokens * model.hiddenSize * FLOAT_BYTES;

/** The answers to all batches in flight. */
const outputBytes = (config: EngineConfig): number =>
  RING_SLACK_BYTES + 2 * config.parallel.pipelineParallelSize * maxStepOutputBytes(frameLimits(config));
