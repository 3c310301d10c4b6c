import { type EngineArgs, resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';
import { createStageConfig, deriveEngineConfig } from '../../../../../src/llm/config/engine-config.js';
import { storytellerConfig } from './model-config-fixture.js';

const derive = (args: Partial<EngineArgs>, layerPartition?: string) =>
  deriveEngineConfig(resolveEngineArgs({ model: 'm', ...args }), storytellerConfig, {
    environment: { VLLM_PP_LAYER_PARTITION: layerPartition },
  });

describe('deriveEngineConfig', () => {
  it('runs one rank in this process and more ranks on the cluster', () => {
    expect(derive({}).executorBackend).toBe('uni');
    expect(derive({ tensorParallelSize: 2 }).executorBackend).toBe('ray');
    expect(derive({ tensorParallelSize: 2, distributedExecutorBackend: 'uni' }).executorBackend).toBe('uni');
  });

  it('gives every pipeline stage a lane and every lane its share of the sequences', () => {
    const { scheduler } = derive({ pipelineParallelSize: 3, maxNumSeqs: 8 });
    expect(scheduler).toMatchObject({ numLanes: 3, slotsPerLane: 6, sequencesPerLane: 3, maxNumSeqs: 8 });
  });

  it('has KV blocks for every slot at the longest sequence', () => {
    expect(derive({ maxNumSeqs: 4 }).scheduler.numBlocks).toBe(4 * 128);
  });

  it('refuses fewer KV blocks than one sequence may need', () => {
    expect(() => derive({ numGpuBlocksOverride: 127 })).toThrow(
      "To serve at least one request with the model's max seq len (2048), 128 KV blocks are needed",
    );
    expect(derive({ numGpuBlocksOverride: 128 }).scheduler.numBlocks).toBe(128);
  });

  it('refuses a token budget that can not hold a decode of all sequences', () => {
    expect(() => derive({ maxNumBatchedTokens: 8, maxNumSeqs: 9 })).toThrow(
      'maxNumBatchedTokens (8) must be greater than or equal to maxNumSeqs (9).',
    );
  });

  it('needs a token budget for whole prompts when prefill is not chunked', () => {
    expect(() => derive({ enableChunkedPrefill: false, maxNumBatchedTokens: 2047 })).toThrow(
      'maxNumBatchedTokens (2047) is smaller than maxModelLen (2048).',
    );
    expect(derive({ enableChunkedPrefill: false }).scheduler.enableChunkedPrefill).toBe(false);
  });

  it('refuses a threshold that no prompt reaches', () => {
    expect(() => derive({ longPrefillTokenThreshold: 2049 })).toThrow('cannot be greater than maxModelLen (2048)');
  });

  it('has slots for cached prefixes only when they are cached', () => {
    expect(derive({ maxNumSeqs: 4 }).scheduler.slotsPerLane).toBe(8);
    expect(derive({ maxNumSeqs: 4, enablePrefixCaching: false }).scheduler.slotsPerLane).toBe(4);
  });

  it('serves the model under its path when it has no other name', () => {
    expect(derive({}).servedModelName).toBe('m');
    expect(derive({ servedModelName: 'story' }).servedModelName).toBe('story');
  });
});

describe('createStageConfig', () => {
  it('describes the layers, ranks and slots of one stage', () => {
    const config = derive({ pipelineParallelSize: 2, maxNumSeqs: 5, cpusPerWorker: 2.5 }, '2,4');
    const stage = createStageConfig(config, { stage: 1, localTensorRanks: [0], allowSpinning: false });
    expect(stage).toMatchObject({
      stage: 1,
      layers: { firstLayer: 2, endLayer: 6 },
      pipelineParallelSize: 2,
      localTensorRanks: [0],
      numSlots: 12,
      numThreads: 2,
      allowSpinning: false,
    });
  });

  it('gives a rank with a fraction of a CPU one thread', () => {
    const place = { stage: 0, localTensorRanks: [0], allowSpinning: true };
    expect(createStageConfig(derive({ cpusPerWorker: 0.5 }), place).numThreads).toBe(1);
  });
});
