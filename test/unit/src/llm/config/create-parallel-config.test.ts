import { createParallelConfig, type ParallelContext } from '../../../../../src/llm/config/create-parallel-config.js';
import { type EngineArgs, resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';
import type { ParallelConfig } from '../../../../../src/llm/config/parallel-config.js';
import { storytellerConfig } from './model-config-fixture.js';

const create = (args: Partial<EngineArgs>, model = storytellerConfig, context: ParallelContext = {}): ParallelConfig =>
  createParallelConfig(model, resolveEngineArgs({ model: 'm', ...args }), context).parallel;

describe('createParallelConfig', () => {
  it('multiplies the sizes to the world size', () => {
    const config = create({ tensorParallelSize: 4, pipelineParallelSize: 3 });
    expect(config.worldSize).toBe(12);
    expect(config.stageLayers).toHaveLength(3);
  });

  it('allows more tensor ranks than key/value heads when the heads divide them', () => {
    const sizes = { tensorParallelSize: 8, pipelineParallelSize: 1 };
    expect(create(sizes).tensorParallelSize).toBe(8);
  });

  it('refuses attention heads that the ranks can not share', () => {
    const sizes = { tensorParallelSize: 3, pipelineParallelSize: 1 };
    expect(() => create(sizes)).toThrow(
      'Total number of attention heads (8) must be divisible by tensor parallel size (3).',
    );
  });

  it('refuses key/value heads that the ranks can neither share nor repeat', () => {
    const model = { ...storytellerConfig, numAttentionHeads: 12, numKeyValueHeads: 4 };
    expect(() => create({ tensorParallelSize: 6, pipelineParallelSize: 1 }, model)).toThrow(
      'Total number of key/value heads (4)',
    );
  });

  it('refuses more stages than layers', () => {
    const sizes = { tensorParallelSize: 1, pipelineParallelSize: 7 };
    expect(() => create(sizes)).toThrow('Total number of layers (6)');
  });

  it('takes what the environment says where no argument does', () => {
    const environment = { VLLM_PP_LAYER_PARTITION: '1,5' };
    const { stageLayers } = create({ pipelineParallelSize: 2 }, storytellerConfig, { environment });
    expect(stageLayers.map(({ endLayer }) => endLayer)).toEqual([1, 6]);
  });

  it("has vLLM's defaults", () => {
    expect(create({})).toMatchObject({
      rank: 0,
      nnodes: 1,
      all2allBackend: 'allgather_reducescatter',
      workerCls: 'auto',
      eplbConfig: {
        windowSize: 1000,
        stepInterval: 3000,
        numRedundantExperts: 0,
        logBalancedness: false,
        useAsync: false,
      },
    });
  });

  it('divides tensor ranks among context-parallel ones only as far as they would hold the same heads', () => {
    const sizes = { tensorParallelSize: 8 };
    expect(() => create({ ...sizes, decodeContextParallelSize: 3 })).toThrow(
      'tensorParallelSize (8) must be divisible by decodeContextParallelSize (3).',
    );
    expect(() => create({ ...sizes, decodeContextParallelSize: 4 })).toThrow(
      'decodeContextParallelSize (4) must be at most tensorParallelSize (8) / key/value heads (4)',
    );
    expect(() => create({ tensorParallelSize: 4, decodeContextParallelSize: 2 })).toThrow('must be at most');
  });

  it.each<Partial<EngineArgs>>([
    { tensorParallelSize: 8, decodeContextParallelSize: 2 },
    { prefillContextParallelSize: 2 },
    { maxParallelLoadingWorkers: 1 },
    { enableDbo: true },
    { headless: true },
    { workerCls: 'worker.ts:Worker' } as const,
    { tensorParallelSize: 2, distributedExecutorBackend: 'ray', rayWorkersUseNsight: true } as const,
    { dataParallelSize: 2, dataParallelBackend: 'ray' } as const,
    { tensorParallelSize: 2, distributedExecutorBackend: 'mp', disableCustomAllReduce: true } as const,
    { all2allBackend: 'naive' } as const,
    { tensorParallelSize: 2, distributedExecutorBackend: 'executor.ts:Executor' } as const,
  ])('refuses what is valid and not built: %j', (args) => {
    expect(() => create(args)).toThrow('The engine does not support');
  });
});
