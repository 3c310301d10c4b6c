/**
 * How long a waiter spins before it sleeps, when it has a core to itself: about twice what falling asleep and waking up
 * costs, so a short wait is answered at once and a long one wastes little.
 */
export const DEFAULT_SPIN_MICROSECONDS = 50;

/**
 * The spin time for ranks that share a host. None when they outnumber its cores: a spinning waiter then takes the core
 * from the very rank it waits for.
 */
export function chooseSpinMicroseconds(numLocalRanks: number, numCores: number): number {
  return numLocalRanks > numCores ? 0 : DEFAULT_SPIN_MICROSECONDS;
}

/** Waits in a row that spin in vain before spinning is given up, and after how many others it is tried again. */
const PATIENCE = 3;
const TRIES_AGAIN_AFTER = 32;

/**
 * Whether a wait spins, when the `numVainWaits` before it all had to sleep. A machine can be too busy for spinning though
 * its cores would do: the peer then gets a core only when the waiter sleeps, so every spin makes the wait longer.
 */
export function isWorthSpinning(numVainWaits: number): boolean {
  return numVainWaits < PATIENCE || numVainWaits % TRIES_AGAIN_AFTER === 0;
}
