import { RankFailedError } from '../../../../../src/core/index.js';
import { EngineCore } from '../../../../../src/llm/engine/engine-core.js';
import type { Executor } from '../../../../../src/llm/executor/executor.js';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import type { StepOutput, StepPlan } from '../../../../../src/llm/step-plan.js';
import { answer, coreRequest, schedulerConfig } from '../scheduler/scheduler-fixture.js';

/** Answers every plan with token 7 and records the calls; throws what `failure` says when an answer is collected. */
class ScriptedExecutor implements Executor {
  readonly maxConcurrentBatches: number;
  readonly calls: string[] = [];
  readonly #plans: StepPlan[] = [];
  readonly #failure: unknown;

  constructor(maxConcurrentBatches: number, failure?: unknown) {
    this.maxConcurrentBatches = maxConcurrentBatches;
    this.#failure = failure;
  }

  submit(plan: StepPlan): void {
    this.calls.push(`submit ${plan.stepId}`);
    this.#plans.push(plan);
  }

  collect(): StepOutput {
    if (this.#failure !== undefined) throw this.#failure;
    const plan = this.#plans.shift()!;
    this.calls.push(`collect ${plan.stepId}`);
    return answer(plan);
  }

  shutdown(): void {
    this.calls.push('shutdown');
  }
}

function coreWith(numLanes: number, failure?: unknown) {
  const executor = new ScriptedExecutor(numLanes, failure);
  return { executor, core: new EngineCore(new Scheduler(schedulerConfig({ numLanes })), executor) };
}

describe('EngineCore', () => {
  it('has no work and plans nothing without requests', () => {
    const { core, executor } = coreWith(1);
    expect(core.hasWork()).toBe(false);
    expect(core.step()).toEqual([]);
    expect(executor.calls).toEqual([]);
  });

  it('fills every stage of the pipeline before it waits for an answer', () => {
    const { core, executor } = coreWith(3);
    for (const requestId of ['a', 'b', 'c']) core.addRequest(coreRequest(requestId, 2));
    core.step();
    core.step();
    expect(executor.calls).toEqual(['submit 1', 'submit 2', 'submit 3', 'collect 1', 'submit 4', 'collect 2']);
  });

  it('serves one request with a pipeline of several stages', () => {
    const { core } = coreWith(3);
    core.addRequest(coreRequest('a', 2, { maxTokens: 2 }));
    expect([core.step(), core.step()].flat().map(({ finishReason }) => finishReason)).toEqual([undefined, 'length']);
    expect(core.hasWork()).toBe(false);
  });

  it('has work as long as the answer for aborted requests is out', () => {
    const { core } = coreWith(2);
    core.addRequest(coreRequest('a', 2));
    core.addRequest(coreRequest('b', 2));
    core.step();
    core.abortRequest('a');
    core.abortRequest('b');
    expect(core.hasWork()).toBe(true);
    expect(core.step()).toEqual([]);
    expect(core.hasWork()).toBe(false);
  });

  it('shuts its executor down', () => {
    const { core, executor } = coreWith(1);
    core.shutdown();
    expect(executor.calls).toEqual(['shutdown']);
  });

  describe('when a step fails', () => {
    it('throws the same error from every later call', () => {
      const failure = new RankFailedError('Rank 1 on host b died.');
      const { core } = coreWith(1, failure);
      core.addRequest(coreRequest('a', 2));
      expect(() => core.step()).toThrow(failure);
      expect(() => core.step()).toThrow(failure);
      expect(() => core.addRequest(coreRequest('b', 2))).toThrow(failure);
    });

    it('makes an EngineDeadError of an error that is not of the family', () => {
      const cause = new TypeError('boom');
      const { core } = coreWith(1, cause);
      core.addRequest(coreRequest('a', 2));
      expect(() => core.step()).toThrow(
        expect.objectContaining({ code: 'RAY_ENGINE_DEAD', message: 'The engine core failed in a step: boom', cause }),
      );
    });
  });
});
