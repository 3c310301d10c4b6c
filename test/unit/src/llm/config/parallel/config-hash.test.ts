import { type EngineArgs, resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import { deriveEngineConfig, type EngineConfig } from '../../../../../../src/llm/config/engine-config.js';
import {
  type ConfigHash,
  compareConfigHashes,
  parallelConfigHash,
} from '../../../../../../src/llm/config/parallel/config-hash.js';
import { storytellerConfig } from '../model-config-fixture.js';

const configOf = (args: Partial<EngineArgs> = {}): EngineConfig =>
  deriveEngineConfig(resolveEngineArgs({ model: 'm', ...args }), storytellerConfig);

function hashOf(changes: Partial<EngineConfig['parallel']> = {}, args: Partial<EngineArgs> = {}): ConfigHash {
  const config = configOf(args);
  return parallelConfigHash({ ...config, parallel: { ...config.parallel, ...changes } });
}

describe('parallelConfigHash', () => {
  it('is a SHA-256, the same for the same configuration', () => {
    expect(hashOf().hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf().hash).toBe(hashOf().hash);
  });

  it.each<[string, Partial<EngineConfig['parallel']>]>([
    ['experts are split', { enableExpertParallel: true }],
    ['experts are placed', { expertPlacementStrategy: 'round_robin' }],
    ['batches are split', { enableDbo: true }],
    ['sums travel', { disableCustomAllReduce: true }],
    ['layers are split', { stageLayers: [{ firstLayer: 0, endLayer: 5 }] }],
    ['there are copies', { dataParallelSize: 2 }],
  ])('depends on how %s', (_, changes) => {
    expect(hashOf(changes).hash).not.toBe(hashOf().hash);
  });

  it("depends on the model's shape, its slots and the tokens of a step", () => {
    const config = configOf();
    const wider = parallelConfigHash({ ...config, model: { ...config.model, hiddenSize: 512 } });
    const quantized = parallelConfigHash({ ...config, model: { ...config.model, quantization: 'int8' } });
    const hashes = [hashOf(), wider, quantized, hashOf({}, { maxNumSeqs: 8 }), hashOf({}, { maxNumBatchedTokens: 64 })];
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(5);
  });

  it.each<[string, Partial<EngineConfig['parallel']>]>([
    ['which rank this is', { dataParallelRank: 1, dataParallelRankLocal: 1, rank: 3, nodeRank: 1 }],
    ['where the ranks meet', { masterAddr: 'host0', masterPort: 1, dataParallelMasterIp: 'host0', nnodes: 2 }],
    ['what places them', { distributedExecutorBackend: 'mp', dataParallelBackend: 'ray', workerCls: 'a.ts:B' }],
    ['who balances requests', { dataParallelExternalLb: true, dataParallelSizeLocal: 0 }],
  ])('does not depend on %s', (_, changes) => {
    expect(hashOf(changes).hash).toBe(hashOf().hash);
  });
});

describe('compareConfigHashes', () => {
  const differing = hashOf({ enableDbo: true, dataParallelSize: 3 });
  const compare = (...hashes: readonly ConfigHash[]) => compareConfigHashes(new Map(hashes.entries()));

  it('is content with ranks that agree', () => {
    expect(() => compare(hashOf(), hashOf(), hashOf())).not.toThrow();
    expect(() => compareConfigHashes(new Map())).not.toThrow();
  });

  it('names the rank that differs from most, and the fields', () => {
    expect(() => compare(differing, hashOf(), hashOf())).toThrow(
      'Unlike rank 1, 2, rank 0: dataParallelSize is 3 instead of 1, enableDbo is true instead of false.',
    );
  });

  it('takes the lowest rank for right when there is no majority', () => {
    const third = hashOf({ enableEplb: true });
    const byRank = new Map([
      [7, third],
      [2, differing],
    ]);
    expect(() => compareConfigHashes(byRank)).toThrow(/Unlike rank 2, rank 7: .*enableEplb is true instead of false/);
  });

  it('tells every way of differing', () => {
    expect(() => compare(hashOf(), hashOf(), differing, hashOf({ enableEplb: true }))).toThrow(
      'rank 2: dataParallelSize is 3 instead of 1, enableDbo is true instead of false; rank 3: enableEplb is true',
    );
  });
});
