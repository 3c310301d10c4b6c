import { invariant } from '../../../../src/core/index.js';
import type { LayerPlacement } from '../../../../src/llm/eplb/expert-placement.js';

/** The experts of a layer that a rank computes, and which of the router's choices go to them. */
export interface LocalExperts {
  /** The logical expert of every local number. */
  readonly experts: readonly number[];
  /** For each logical expert, how many physical ones of all ranks stand for it. */
  readonly numReplicas: readonly number[];
  /** The most that any has. */
  readonly maxReplicas: number;
  /**
   * [numExperts × maxReplicas]: the local number of a logical expert's replica; for those of other ranks, and where there
   * are no more replicas, the number that follows the local ones.
   */
  readonly numbers: readonly number[];
}

/** Of a rank that holds every expert once. */
export function allExperts(numExperts: number): LocalExperts {
  return findLocalExperts([Array.from({ length: numExperts }, (_, expert) => expert)], 0, numExperts);
}

/** Replicas of one logical expert on the same rank are one local expert. */
export function findLocalExperts(placement: LayerPlacement, rank: number, numExperts: number): LocalExperts {
  const experts = [...new Set(placement[rank])];
  const ranksOf: number[][] = Array.from({ length: numExperts }, () => []);
  for (const [holder, held] of placement.entries()) for (const expert of held) ranksOf[expert]!.push(holder);
  const numReplicas = ranksOf.map(({ length }) => length);
  invariant(Math.min(...numReplicas) > 0, 'some rank holds each of the experts');
  const maxReplicas = Math.max(...numReplicas);
  const localNumber = new Map(experts.map((expert, index) => [expert, index]));
  const numbers = ranksOf.flatMap((ranks, expert) =>
    Array.from({ length: maxReplicas }, (_, replica) =>
      ranks[replica] === rank ? localNumber.get(expert)! : experts.length,
    ),
  );
  return { experts, numReplicas, maxReplicas, numbers };
}
