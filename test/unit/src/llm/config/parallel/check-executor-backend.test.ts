import { type EngineArgs, resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import { checkExecutorBackend } from '../../../../../../src/llm/config/parallel/check-executor-backend.js';
import type { ExecutorBackend } from '../../../../../../src/llm/config/parallel/executor-backend.js';

class Launcher {
  async launch(): Promise<void> {}
}

class PipelineLauncher extends Launcher {
  static readonly supportsPp = true;
}

const check = (args: Partial<EngineArgs>, backend: ExecutorBackend) => () =>
  checkExecutorBackend(resolveEngineArgs({ model: 'm', ...args }), backend);

describe('checkExecutorBackend', () => {
  it('has several nodes without a cluster only', () => {
    expect(check({ nnodes: 2 }, 'ray')).toThrow(
      "nnodes > 1 can only be set when distributedExecutorBackend is mp, uni or external_launcher, got 'ray'.",
    );
    for (const backend of ['mp', 'uni', 'external_launcher'] as const)
      expect(check({ nnodes: 2 }, backend)).not.toThrow();
  });

  it('refuses what only actors have', () => {
    const placementGroup = { id: 'g', bundleSpecs: [] };
    expect(check({ rayWorkersUseNsight: true }, 'mp')).toThrow(
      'Unable to use nsight profiling unless workers run with Ray',
    );
    expect(check({ rayRuntimeEnv: {} }, 'uni')).toThrow("leave rayRuntimeEnv out. It is 'uni'.");
    expect(check({ placementGroup }, 'mp')).toThrow('placementGroup is a place for actors');
    expect(check({ rayWorkersUseNsight: true, rayRuntimeEnv: {}, placementGroup }, 'ray')).not.toThrow();
    expect(check({ placementGroup }, Launcher)).not.toThrow();
  });

  it('has several stages under a class that says that it takes them', () => {
    expect(check({ pipelineParallelSize: 2 }, Launcher)).toThrow(
      'Pipeline parallelism is not supported by the executor Launcher',
    );
    expect(check({ pipelineParallelSize: 2 }, PipelineLauncher)).not.toThrow();
    expect(check({}, Launcher)).not.toThrow();
  });
});
