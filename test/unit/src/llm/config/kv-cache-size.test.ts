import { type EngineArgs, resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';
import { deriveEngineConfig } from '../../../../../src/llm/config/engine-config.js';
import { describeKvCache, type HostMemory } from '../../../../../src/llm/config/kv-cache-size.js';
import { storytellerConfig } from './model-config-fixture.js';

const model = { ...storytellerConfig, numHiddenLayers: 4, numKeyValueHeads: 2, headDim: 64, maxModelLen: 1024 };
/** Keys and values of 4 layers, 2 heads, 16 tokens of 64 float32 values. */
const BLOCK_BYTES = 2 * 4 * 2 * 16 * 64 * 4;
const BLOCKS_PER_SEQUENCE = 64;

const numBlocks = (args: Partial<EngineArgs>, memory?: HostMemory) =>
  deriveEngineConfig(resolveEngineArgs({ model: 'm', maxNumSeqs: 4, ...args }), model, { memory }).scheduler.numBlocks;

const free = (blocks: number): HostMemory => ({ availableBytes: blocks * BLOCK_BYTES + 100, weightBytes: 100 });

describe('countKvBlocks', () => {
  it('holds every sequence at its longest when memory allows it', () => {
    expect(numBlocks({})).toBe(4 * BLOCKS_PER_SEQUENCE);
    expect(numBlocks({}, free(10_000))).toBe(4 * BLOCKS_PER_SEQUENCE);
  });

  it('takes a share of the memory that the weights leave', () => {
    expect(numBlocks({}, free(200))).toBe(180);
    expect(numBlocks({ gpuMemoryUtilization: 0.5 }, free(200))).toBe(100);
  });

  it('shares the memory between the ranks, each of which has a part of every block', () => {
    const args = { tensorParallelSize: 2, distributedExecutorBackend: 'uni' as const };
    expect(numBlocks(args, free(200))).toBe(180);
  });

  it('shares the memory between the replicas of this host, each of which has weights of its own', () => {
    expect(numBlocks({ dataParallelSize: 2 }, { availableBytes: 400 * BLOCK_BYTES + 200, weightBytes: 100 })).toBe(180);
  });

  it('takes the bytes that an argument names, up to what the slots hold', () => {
    expect(numBlocks({ kvCacheMemoryBytes: 100 * BLOCK_BYTES }, free(1))).toBe(100);
    expect(numBlocks({ kvCacheMemoryBytes: 10_000 * BLOCK_BYTES })).toBe(8 * BLOCKS_PER_SEQUENCE);
    expect(numBlocks({ cpuKvcacheSpace: (80 * BLOCK_BYTES) / 2 ** 30 }, free(1))).toBe(80);
    expect(numBlocks({ cpuKvcacheSpace: 0 }, free(200))).toBe(180);
  });

  it('refuses memory that holds no block', () => {
    expect(() => numBlocks({}, { availableBytes: 50, weightBytes: 100 })).toThrow(
      'No available memory for the cache blocks. Try increasing gpuMemoryUtilization',
    );
  });

  it('refuses memory that does not hold one sequence, and says which length it would', () => {
    expect(() => numBlocks({ kvCacheMemoryBytes: 63.5 * BLOCK_BYTES })).toThrow(
      'max seq len (1024), 0.00391 GiB of KV cache are needed, which is larger than the available KV cache memory (0.00388 GiB). Based on the available memory, the estimated maximum model length is 1008.',
    );
  });
});

describe('describeKvCache', () => {
  it('says how many tokens fit, and how many sequences at their longest', () => {
    expect(describeKvCache({ numBlocks: 160, maxModelLen: 1024 }, 'auto')).toEqual([
      'CPU KV cache size: 2,560 tokens',
      'Maximum concurrency for 1,024 tokens per request: 2.50x',
    ]);
    expect(describeKvCache({ numBlocks: 160, maxModelLen: 1024 }, 'webgpu')[0]).toBe('GPU KV cache size: 2,560 tokens');
  });
});
