import {
  type ComputePhase,
  type ComputeProgress,
  findHang,
  firstSight,
  type RankSight,
  seeRank,
} from '../../../../../src/llm/executor/find-hang.js';

const LIMITS = { stillMs: 10_000, waitingMs: 60_000 };
const at = (phase: ComputePhase, count = 1, cpuMs = 0): ComputeProgress => ({ phase, count, cpuMs });

/** Watched from 0 on and asked every second; `answers` tells what a rank says then, or nothing. */
function watch(seconds: number, ...answers: readonly ((second: number) => ComputeProgress | undefined)[]) {
  const sights = answers.map((answer) => {
    let sight: RankSight = firstSight(0);
    for (let second = 1; second <= seconds; second++) {
      const progress = answer(second);
      if (progress !== undefined) sight = seeRank(sight, progress, second * 1000);
    }
    return sight;
  });
  return findHang(sights, seconds * 1000, LIMITS);
}

describe('finding the rank that hangs', () => {
  const waits = () => at('waiting');
  const computes = (second: number) => at('computing', 1, 900 * second);

  it('has patience at first', () => {
    expect(watch(9, () => undefined, waits)).toBeUndefined();
  });

  it('names the one that does not answer, not those that wait for it', () => {
    expect(watch(11, waits, () => undefined, waits)).toEqual({
      rank: 1,
      reason: 'it has not answered for 11 s, while a step waits for it',
    });
  });

  it('takes a rank that fell silent later for alive until then', () => {
    const falls = (second: number) => (second <= 5 ? waits() : undefined);
    expect(watch(14, computes, falls)).toBeUndefined();
    expect(watch(15, computes, falls)).toMatchObject({ rank: 1 });
  });

  it('lets a rank compute one graph for as long as it takes CPU time', () => {
    expect(watch(600, computes, waits)).toBeUndefined();
  });

  it('names the one that computes without CPU time, though others only wait', () => {
    expect(watch(11, waits, (second) => at('computing', 1, 5 * second))).toMatchObject({
      rank: 1,
      reason: expect.stringContaining('in a graph that takes no CPU time'),
    });
  });

  it('takes a rank that goes from one cut to the next for slow, whatever CPU time it takes', () => {
    expect(watch(600, waits, (second) => at('computing', second))).toBeUndefined();
  });

  it('says so when all wait for each other', () => {
    expect(watch(60, () => at('idle'), waits, waits)).toBeUndefined();
    expect(watch(61, () => at('idle'), waits, waits)).toEqual({
      rank: 1,
      reason: 'all ranks have waited for each other for 60 s (rank 0 idle, rank 1 waiting, rank 2 waiting)',
    });
  });
});
