import type { Cell, Subject } from './cell.js';

/** Times of one cell: by subject, one for every round. */
export interface CellTimes {
  readonly cell: Cell;
  readonly timesMs: ReadonlyMap<string, readonly number[]>;
}

/**
 * Measures every cell of every subject in every round, so that whatever else the machine does meets all alike: the
 * subjects take turns, and every other round in reverse.
 */
export async function measureCells(
  subjects: readonly Subject[],
  cells: readonly Cell[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<CellTimes[]> {
  const results = cells.map((cell) => ({
    cell,
    timesMs: new Map(subjects.map(({ name }) => [name, [] as number[]])),
  }));
  for (let round = 0; round < rounds; round++) {
    onRound(round);
    const inTurn = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const { cell, timesMs } of results) {
      for (const subject of inTurn) timesMs.get(subject.name)!.push(await subject.measure(cell));
    }
  }
  return results;
}
