/** Where a tensor-parallel rank of a stage stands among the others. */
export interface GroupPlace {
  /** The ranks that meet in this rank's memory, with itself, in order; the first one makes it. */
  readonly localRanks: readonly number[];
  /** The ranks elsewhere that take this rank's slots in: one per other host. */
  readonly sendsTo: readonly GroupPeer[];
  /** The ranks elsewhere whose slots this one takes in for its host. */
  readonly receivesFrom: readonly GroupPeer[];
}

export interface GroupPeer {
  readonly rank: number;
  /** Only rank 0 reads logits, so they go to its host and nowhere else. */
  readonly carriesLogits: boolean;
}

/** The rank of `host` that takes in what the `index`-th rank of another host sends: their ranks take turns. */
const counterpartOf = (hosts: readonly string[], host: string, index: number): number => {
  const ranks = ranksOf(hosts, host);
  return ranks[index % ranks.length]!;
};

const ranksOf = (hosts: readonly string[], host: string): number[] =>
  [...hosts.keys()].filter((rank) => hosts[rank] === host);

/**
 * Decides which ranks of a stage send each other what they computed: a slot travels once to every other host, where all
 * ranks read it in shared memory.
 * @param hosts by tensor rank; ranks with equal ones share memory.
 */
export function groupPlaceOf(hosts: readonly string[], rank: number): GroupPlace {
  const host = hosts[rank]!;
  const carriesLogits = (to: string): boolean => to === hosts[0];
  const indexOf = (other: number): number => ranksOf(hosts, hosts[other]!).indexOf(other);
  const otherHosts = [...new Set(hosts)].filter((other) => other !== host);
  return {
    localRanks: ranksOf(hosts, host),
    sendsTo: otherHosts.map((other) => ({
      rank: counterpartOf(hosts, other, indexOf(rank)),
      carriesLogits: carriesLogits(other),
    })),
    receivesFrom: [...hosts.keys()]
      .filter((other) => hosts[other] !== host && counterpartOf(hosts, host, indexOf(other)) === rank)
      .map((other) => ({ rank: other, carriesLogits: carriesLogits(host) })),
  };
}
