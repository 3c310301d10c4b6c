import { InvalidArgumentError } from '../core/index.js';

/** How a world of ranks is cut up; every size is at least 1. */
export interface RankLayout {
  /** All ranks, those of all data-parallel replicas included. */
  readonly worldSize: number;
  readonly tensorParallelSize: number;
  /** Default 1. */
  readonly pipelineParallelSize?: number;
  /** Default 1. */
  readonly dataParallelSize?: number;
  /** Ranks that share the prefill of a long prompt; default 1. */
  readonly prefillContextParallelSize?: number;
  /** Ranks of one tensor-parallel group that share its KV cache; default 1. It divides tensorParallelSize. */
  readonly decodeContextParallelSize?: number;
}

/** A rank's place on the axes of the layout. */
export interface RankCoordinates {
  /** Which of several worlds that share nothing; 0 where the sizes make up the whole world. */
  readonly externalDataParallelRank: number;
  readonly dataParallelRank: number;
  readonly pipelineParallelRank: number;
  readonly prefillContextParallelRank: number;
  readonly tensorParallelRank: number;
}

/** The kinds of groups, in the order in which they are made. */
export const groupKinds = ['tp', 'dcp', 'pcp', 'pp', 'dp', 'ep'] as const;

export type GroupKind = (typeof groupKinds)[number];

type Sizes = Required<RankLayout>;

/** Slowest first: the order in which ranks count up, tensor parallel fastest. */
const axes = ['external', 'dp', 'pp', 'pcp', 'tp'] as const;

type Axis = (typeof axes)[number];

/**
 * The groups of every kind as lists of ranks: each rank is in exactly one group of each kind. A decode context-parallel group
 * is part of a tensor-parallel one; an expert-parallel group has all ranks of a pipeline stage, those of all replicas.
 *
 * @source vLLM's initialize_model_parallel: its axes (ExternalDP, DP, PP, PCP, TP) and the order of its groups
 * @throws {InvalidArgumentError} when the sizes don't divide the world.
 */
export function layOutGroups(layout: RankLayout): Readonly<Record<GroupKind, readonly (readonly number[])[]>> {
  const sizes = completeSizes(layout);
  return {
    tp: groupsOf(sizes, ['external', 'dp', 'pp', 'pcp']),
    dcp: rowsOf(sizes.worldSize, sizes.decodeContextParallelSize),
    pcp: groupsOf(sizes, ['external', 'dp', 'pp', 'tp']),
    pp: groupsOf(sizes, ['external', 'dp', 'tp', 'pcp']),
    dp: groupsOf(sizes, ['external', 'tp', 'pp', 'pcp']),
    ep: groupsOf(sizes, ['external', 'pp']),
  };
}

/** @throws {InvalidArgumentError} when the sizes don't divide the world, or the rank is not in it. */
export function coordinatesOf(rank: number, layout: RankLayout): RankCoordinates {
  const sizes = completeSizes(layout);
  if (!Number.isInteger(rank) || rank < 0 || rank >= sizes.worldSize) {
    throw new InvalidArgumentError(`A world of ${sizes.worldSize} has ranks 0 to ${sizes.worldSize - 1}, not ${rank}.`);
  }
  const place = placeOf(rank, sizes);
  return {
    externalDataParallelRank: place.external,
    dataParallelRank: place.dp,
    pipelineParallelRank: place.pp,
    prefillContextParallelRank: place.pcp,
    tensorParallelRank: place.tp,
  };
}

function completeSizes(layout: RankLayout): Sizes {
  const { worldSize, tensorParallelSize } = layout;
  const sizes: Sizes = {
    worldSize,
    tensorParallelSize,
    pipelineParallelSize: layout.pipelineParallelSize ?? 1,
    dataParallelSize: layout.dataParallelSize ?? 1,
    prefillContextParallelSize: layout.prefillContextParallelSize ?? 1,
    decodeContextParallelSize: layout.decodeContextParallelSize ?? 1,
  };
  for (const [name, size] of Object.entries(sizes)) requireSize(name, size);
  requireDivides(sizes);
  return sizes;
}

function requireSize(name: string, size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${size}.`);
}

function requireDivides(sizes: Sizes): void {
  const { worldSize, tensorParallelSize: tp, decodeContextParallelSize: dcp } = sizes;
  const numInside = axes.slice(1).reduce((product, axis) => product * sizeOf(axis, sizes), 1);
  if (worldSize % numInside !== 0) {
    throw new InvalidArgumentError(
      `A world of ${worldSize} ranks can't be cut into dataParallelSize ${sizes.dataParallelSize} × pipelineParallelSize ` +
        `${sizes.pipelineParallelSize} × prefillContextParallelSize ${sizes.prefillContextParallelSize} × ` +
        `tensorParallelSize ${tp}: it must be a multiple of ${numInside}.`,
    );
  }
  if (tp % dcp === 0) return;
  throw new InvalidArgumentError(`tensorParallelSize ${tp} must be a multiple of decodeContextParallelSize ${dcp}.`);
}

function sizeOf(axis: Axis, sizes: Sizes): number {
  const { worldSize, dataParallelSize: dp, pipelineParallelSize: pp, prefillContextParallelSize: pcp } = sizes;
  const tp = sizes.tensorParallelSize;
  return { external: worldSize / (dp * pp * pcp * tp), dp, pp, pcp, tp }[axis];
}

function placeOf(rank: number, sizes: Sizes): Record<Axis, number> {
  const place = { external: 0, dp: 0, pp: 0, pcp: 0, tp: 0 };
  let rest = rank;
  for (const axis of axes.toReversed()) {
    const size = sizeOf(axis, sizes);
    place[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return place;
}

/**
 * Ranks with the same place on the axes of `across` are together. Groups come in order of those places, the last axis fastest;
 * the ranks of a group in order.
 */
function groupsOf(sizes: Sizes, across: readonly Axis[]): number[][] {
  const groups: number[][] = [];
  for (let rank = 0; rank < sizes.worldSize; rank++) {
    const place = placeOf(rank, sizes);
    const index = across.reduce((sum, axis) => sum * sizeOf(axis, sizes) + place[axis], 0);
    groups[index] = [...(groups[index] ?? []), rank];
  }
  return groups;
}

function rowsOf(worldSize: number, length: number): number[][] {
  return Array.from({ length: worldSize / length }, (_, row) =>
    Array.from({ length }, (__, column) => row * length + column),
  );
}
