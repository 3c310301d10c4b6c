import { InternalError } from '../../core/index.js';
import type { EngineCoreOutput } from '../engine/engine-core-request.js';
import type { StepOutput, StepPlan } from '../step-plan.js';
import { Scheduler } from './scheduler.js';
import { schedulerFaults } from './scheduler-invariants.js';

/** A scheduler that checks itself after every step that it plans or takes; for tests, as checking costs more than planning. */
export class CheckedScheduler extends Scheduler {
  /** @throws {InternalError} naming every invariant that doesn't hold. */
  override schedule(laneIndex: number): StepPlan | undefined {
    const plan = super.schedule(laneIndex);
    this.#check();
    return plan;
  }

  /** @throws {InternalError} naming every invariant that doesn't hold. */
  override update(output: StepOutput): EngineCoreOutput[] {
    const outputs = super.update(output);
    this.#check();
    return outputs;
  }

  #check(): void {
    const faults = schedulerFaults(this);
    if (faults.length > 0) throw new InternalError(`The scheduler's records are wrong: ${faults.join('; ')}.`);
  }
}
