import { type Fault, type FaultKind, targetsOf } from './fault.js';
import { choose, type Random, seededRandom, shuffle } from './seeded-random.js';

export interface FaultPlanOptions {
  readonly seed: number;
  /** How long faults go on being started. */
  readonly durationMs: number;
  /** With an agent each; the first one has the head too. */
  readonly numHosts: number;
  /** False where the machine can't cut links. */
  readonly withCuts: boolean;
  /** Silence that makes a node dead: some cuts are shorter, some longer. */
  readonly leaseMs: number;
}

/** A kind of fault with the range of its duration in milliseconds. */
interface Card {
  readonly kind: FaultKind;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What two minutes hold; a longer run deals the same cards anew, a shorter one some of them. */
function deck(leaseMs: number): Card[] {
  const card = (kind: FaultKind, minMs = 0, maxMs = minMs): Card => ({ kind, minMs, maxMs });
  const times = (count: number, one: Card): Card[] => Array.from({ length: count }, () => one);
  return [
    ...times(6, card('kill-actor')),
    ...times(4, card('kill-task-worker')),
    ...times(4, card('kill-agent', 500, 4_000)),
    ...times(3, card('kill-head', 200, 3_000)),
    ...times(2, card('kill-redis', 200, 3_000)),
    ...times(2, card('freeze-redis', 1_000, 6_000)),
    ...times(2, card('cut-link', 300, leaseMs / 2)),
    ...times(1, card('cut-link', 2 * leaseMs, 3 * leaseMs)),
    ...times(2, card('cut-between', 500, 2 * leaseMs)),
  ];
}

const DECK_MS = 120_000;
/** The cluster's, from the healing of a fault until the same target is hit again. */
const REST_MS = 2_000;

/**
 * Plans the faults of a run: the seed decides what, where, when and for how long. Faults are spread over the time; one
 * whose targets are all taken waits until one is free.
 */
export function planFaults(options: FaultPlanOptions): Fault[] {
  const random = seededRandom(options.seed);
  const cards = deal(options, random);
  const spacingMs = options.durationMs / cards.length;
  const freeAtMs = new Map<string, number>();
  const faults = cards.map((card, index) => {
    const fault = place(card, (index + random()) * spacingMs, freeAtMs, options.numHosts, random);
    for (const target of targetsOf(fault)) freeAtMs.set(target, fault.atMs + fault.durationMs + REST_MS);
    return fault;
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function deal({ durationMs, leaseMs, withCuts }: FaultPlanOptions, random: Random): Card[] {
  const cards = deck(leaseMs).filter(({ kind }) => withCuts || !kind.startsWith('cut-'));
  const count = Math.max(1, Math.round((durationMs / DECK_MS) * cards.length));
  const dealt: Card[] = [];
  while (dealt.length < count) dealt.push(...shuffle(cards, random));
  return dealt.slice(0, count);
}

function place(
  { kind, minMs, maxMs }: Card,
  wantedMs: number,
  freeAtMs: ReadonlyMap<string, number>,
  numHosts: number,
  random: Random,
): Fault {
  const durationMs = Math.round(minMs + random() * (maxMs - minMs));
  const readyMs = (hosts: readonly number[]): number =>
    Math.max(wantedMs, ...targetsOf({ kind, hosts }).map((target) => freeAtMs.get(target) ?? 0));
  const places = placesOf(kind, numHosts);
  const earliestMs = Math.min(...places.map(readyMs));
  const hosts = choose(
    places.filter((hosts) => readyMs(hosts) === earliestMs),
    random(),
  );
  return { atMs: Math.round(earliestMs), kind, hosts, choice: random(), durationMs };
}

/** Every set of hosts that a kind of fault may hit. */
function placesOf(kind: FaultKind, numHosts: number): readonly (readonly number[])[] {
  const all = Array.from({ length: numHosts }, (_, index) => index);
  if (kind === 'kill-agent' || kind === 'cut-link') return all.map((host) => [host]);
  if (kind === 'cut-between') return all.flatMap((first) => all.slice(first + 1).map((second) => [first, second]));
  return [[]];
}

/** When the last fault is healed, since the start of the faults. */
export const endOfFaults = (faults: readonly Fault[]): number =>
  Math.max(0, ...faults.map(({ atMs, durationMs }) => atMs + durationMs));
