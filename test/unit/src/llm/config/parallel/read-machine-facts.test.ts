import { resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import { countVisibleGpus, readMachineFacts } from '../../../../../../src/llm/config/parallel/read-machine-facts.js';

describe('countVisibleGpus', () => {
  it.each([
    [undefined, undefined],
    ['', 0],
    ['-1', 0],
    ['0,1,3', 3],
    ['GPU-8932f937, GPU-1', 2],
    ['0,-1,1', 1],
  ])('reads CUDA_VISIBLE_DEVICES=%s as %s', (devices, expected) => {
    expect(countVisibleGpus({ CUDA_VISIBLE_DEVICES: devices })).toBe(expected);
  });
});

describe('readMachineFacts', () => {
  const factsOf = (args: object, environment: Record<string, string> = {}) =>
    readMachineFacts(resolveEngineArgs({ model: 'm', ...args }), environment);

  it('takes a program for connected when RAY_TS_ADDRESS names a cluster', async () => {
    const facts = await factsOf({ tensorParallelSize: 2 }, { RAY_TS_ADDRESS: 'host0:6380' });
    expect(facts.isConnected).toBe(true);
  });

  it('takes one that never called ray.init for not connected', async () => {
    expect((await factsOf({ tensorParallelSize: 2 })).isConnected).toBe(false);
  });
});
