/** Requests of one engine core. */
export interface EngineLoad {
  readonly numWaiting: number;
  readonly numRunning: number;
}

/** Which one of the front ends that share the engine cores chooses. */
export interface FrontEnd {
  readonly clientIndex: number;
  readonly clientCount: number;
}

/** A request that waits weighs as much as so many that run. */
const WAITING_WEIGHT = 4;

/**
 * The engine core with the least to do. The scan starts at another one for every front end, so that they don't all choose
 * the first of equals.
 * @param loads by the engine core's index; undefined: it takes no requests.
 * @returns undefined when none takes requests.
 * @source vLLM: DPLBAsyncMPClient.get_core_engine_for_request
 */
export function chooseEngine(
  loads: readonly (EngineLoad | undefined)[],
  { clientIndex, clientCount }: FrontEnd,
): number | undefined {
  const start = Math.floor((loads.length * clientIndex) / clientCount);
  let chosen: number | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (let step = 0; step < loads.length; step++) {
    const index = (start + step) % loads.length;
    const load = loads[index];
    if (load === undefined) continue;
    const score = load.numWaiting * WAITING_WEIGHT + load.numRunning;
    if (score >= smallest) continue;
    smallest = score;
    chosen = index;
  }
  return chosen;
}
