import type { SchedulerStats } from '../scheduler/scheduler-stats.js';
import { chooseEngine, type EngineLoad, type FrontEnd } from './choose-engine.js';

const IDLE: EngineLoad = { numWaiting: 0, numRunning: 0 };

/**
 * What every engine core has to do, as far as this front end knows: as of its last step, and what was given to it since.
 * Other front ends are taken to give as much.
 */
export class EngineLoads {
  readonly #frontEnd: FrontEnd;
  readonly #loads: EngineLoad[];

  constructor(numEngines: number, frontEnd: FrontEnd = { clientIndex: 0, clientCount: 1 }) {
    this.#frontEnd = frontEnd;
    this.#loads = new Array<EngineLoad>(numEngines).fill(IDLE);
  }

  /** @param isAvailable whether an engine core takes requests. @returns undefined when none does. */
  choose(isAvailable: (engine: number) => boolean): number | undefined {
    const loads = this.#loads.map((load, engine) => (isAvailable(engine) ? load : undefined));
    return chooseEngine(loads, this.#frontEnd);
  }

  requestAdded(engine: number): void {
    const { numWaiting, numRunning } = this.#loads[engine]!;
    this.#loads[engine] = { numWaiting: numWaiting + this.#frontEnd.clientCount, numRunning };
  }

  stepEnded(engine: number, { numWaitingRequests, numRunningRequests }: SchedulerStats): void {
    this.#loads[engine] = { numWaiting: numWaitingRequests, numRunning: numRunningRequests };
  }

  /** Nothing is left there: a request that was aborted ends without a step that says so. */
  becameIdle(engine: number): void {
    this.#loads[engine] = IDLE;
  }
}
