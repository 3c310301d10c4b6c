/** Numbers in [0, 1) that depend on the seed alone: mulberry32, by Tommy Ettinger (public domain). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The element that a number in [0, 1) stands for. @throws {RangeError} for an empty list. */
export function choose<T>(list: readonly T[], choice: number): T {
  if (list.length === 0) throw new RangeError('there is nothing to choose from');
  return list[Math.floor(choice * list.length)]!;
}

/** A copy in random order, each order as likely as any other (Fisher and Yates). */
export function shuffle<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let end = result.length - 1; end > 0; end--) {
    const other = Math.floor(random() * (end + 1));
    [result[end], result[other]] = [result[other]!, result[end]!];
  }
  return result;
}
