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
