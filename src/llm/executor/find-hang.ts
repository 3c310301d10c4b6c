/** What a rank's thread is at: it waits for a plan, it computes, or it waits for other ranks. */
export type ComputePhase = 'idle' | 'computing' | 'waiting';

/** How far a rank is in its steps. */
export interface ComputeProgress {
  readonly phase: ComputePhase;
  /** Counts changes of the phase. */
  readonly count: number;
  /** CPU time of its process, in milliseconds: it grows while a graph runs. */
  readonly cpuMs: number;
}

/** What has been seen of a rank since the steps in flight stopped to be answered. */
export interface RankSight {
  /** When it answered last, in milliseconds of any clock; at first, when watching began. */
  readonly heardMs: number;
  /** When it was last seen to get on. */
  readonly movedMs: number;
  readonly progress: ComputeProgress | undefined;
}

/** How long ranks may show no sign, in milliseconds. */
export interface HangLimits {
  /** Of one that does not answer, or computes without getting on. */
  readonly stillMs: number;
  /** Of all that wait for each other: what travels over a slow link takes nobody's CPU time. */
  readonly waitingMs: number;
}

/** A rank that keeps the others waiting, and how. */
export interface Hang {
  readonly rank: number;
  readonly reason: string;
}

/** A process that answers questions takes some CPU time too; one that computes takes a share of a core. */
const COMPUTING_CPU_SHARE = 0.1;

export const firstSight = (nowMs: number): RankSight => ({ heardMs: nowMs, movedMs: nowMs, progress: undefined });

function hasMoved({ progress: before, heardMs }: RankSight, now: ComputeProgress, nowMs: number): boolean {
  if (before === undefined || before.count !== now.count) return true;
  return now.phase === 'computing' && now.cpuMs - before.cpuMs >= COMPUTING_CPU_SHARE * (nowMs - heardMs);
}

/** Takes in a rank's answer. */
export function seeRank(sight: RankSight, progress: ComputeProgress, nowMs: number): RankSight {
  return { heardMs: nowMs, movedMs: hasMoved(sight, progress, nowMs) ? nowMs : sight.movedMs, progress };
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/**
 * The rank that hangs, told from those that are slow or wait for it: one that does not answer, else one that computes and
 * takes no CPU time, else, when all wait for each other, the first that does. Undefined while there is reason to wait.
 * @param sights by rank.
 */
export function findHang(sights: readonly RankSight[], nowMs: number, limits: HangLimits): Hang | undefined {
  const silent = sights.findIndex(({ heardMs }) => nowMs - heardMs >= limits.stillMs);
  if (silent !== -1) {
    const { heardMs } = sights[silent]!;
    return { rank: silent, reason: `it has not answered for ${seconds(nowMs - heardMs)}, while a step waits for it` };
  }
  const isStill = ({ movedMs }: RankSight, forMs: number): boolean => nowMs - movedMs >= forMs;
  const stuck = sights.findIndex((sight) => isStill(sight, limits.stillMs) && sight.progress?.phase === 'computing');
  if (stuck !== -1)
    return {
      rank: stuck,
      reason: `it has not got on for ${seconds(limits.stillMs)} in a graph that takes no CPU time`,
    };
  if (!sights.every((sight) => isStill(sight, limits.waitingMs))) return undefined;
  const phases = sights.map(({ progress }, rank) => `rank ${rank} ${progress?.phase ?? 'unknown'}`).join(', ');
  const first = Math.max(
    0,
    sights.findIndex(({ progress }) => progress?.phase === 'waiting'),
  );
  return { rank: first, reason: `all ranks have waited for each other for ${seconds(limits.waitingMs)} (${phases})` };
}
