import { placeOfRank } from '../config/parallel-config.js';

/** A rank's host. */
export interface RankHost {
  /** Ranks with the same id share memory. */
  readonly hostId: string;
  readonly hostname: string;
}

const column = (cells: readonly string[]): string[] => {
  const width = Math.max(...cells.map(({ length }) => length));
  return cells.map((cell) => cell.padEnd(width));
};

/** Which rank is where, a line each, for the log. @param ranks in rank order. */
export function rankTable(ranks: readonly RankHost[], tensorParallelSize: number): string[] {
  const places = [...ranks.keys()].map((rank) => placeOfRank(rank, tensorParallelSize));
  const columns = [
    column(['rank', ...ranks.map((_, rank) => `${rank}`)]),
    column(['stage', ...places.map(({ stage }) => `${stage}`)]),
    column(['tensor rank', ...places.map(({ tensorRank }) => `${tensorRank}`)]),
    column(['host', ...ranks.map(({ hostname }) => hostname)]),
  ];
  return columns[0]!.map((_, row) =>
    columns
      .map((cells) => cells[row]!)
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Says that tensor-parallel ranks of a stage are on several hosts, where every layer waits twice for the network: which
 * ones, in a table of all ranks, and what to change. Empty when each stage's ranks share memory.
 * @param ranks in rank order.
 * @returns lines for the log.
 */
export function warnOfSpanningGroups(ranks: readonly RankHost[], tensorParallelSize: number): string[] {
  const numStages = ranks.length / tensorParallelSize;
  const spanning = Array.from({ length: numStages }, (_, stage) => stage).flatMap((stage) => {
    const members = ranks.slice(stage * tensorParallelSize, (stage + 1) * tensorParallelSize);
    const hostnames = [...new Map(members.map(({ hostId, hostname }) => [hostId, hostname])).values()];
    return hostnames.length > 1 ? [`stage ${stage} over ${hostnames.join(', ')}`] : [];
  });
  if (spanning.length === 0) return [];
  return [
    `Tensor-parallel ranks are on several hosts (${spanning.join('; ')}), so every layer waits for the network twice. ` +
      'To keep a stage on one host, choose a tensorParallelSize that every host has room for and spread the model over ' +
      'hosts with pipelineParallelSize.',
    ...rankTable(ranks, tensorParallelSize),
  ];
}
