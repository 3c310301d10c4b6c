import type { EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import { schedulerFaults } from '../../../../../src/llm/scheduler/scheduler-invariants.js';
import type { StepPlan } from '../../../../../src/llm/step-plan.js';
import { answer, schedulerConfig } from './scheduler-fixture.js';

/** Plans a step of a lane that has something to do. */
export function requirePlan(scheduler: Scheduler, lane = 0): StepPlan {
  const plan = scheduler.schedule(lane);
  expect(schedulerFaults(scheduler)).toEqual([]);
  if (plan === undefined) throw new Error(`Lane ${lane} has nothing to do.`);
  return plan;
}

/** Plans and answers one step of lane 0. */
export function step(scheduler: Scheduler, tokenOfSlot?: (slot: number) => number): StepPlan {
  const plan = requirePlan(scheduler);
  scheduler.update(answer(plan, tokenOfSlot));
  expect(schedulerFaults(scheduler)).toEqual([]);
  return plan;
}

/** The passes' places and sizes. */
export const shapes = (plan: StepPlan) =>
  plan.passes.map(({ firstSlot, numRows, tokensPerRow, sampledRows }) => ({
    firstSlot,
    numRows,
    tokensPerRow,
    sampled: [...sampledRows],
  }));

/** A scheduler that some requests wait at. */
export function schedulerWith(config: Parameters<typeof schedulerConfig>[0], ...requests: EngineCoreRequest[]) {
  const scheduler = new Scheduler(schedulerConfig(config));
  for (const request of requests) scheduler.addRequest(request);
  return scheduler;
}
