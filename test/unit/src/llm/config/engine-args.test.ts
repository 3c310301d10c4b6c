import { type EngineArgs, resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';

const resolve = (args: object) => resolveEngineArgs({ model: 'm', ...args } as EngineArgs);

describe('resolveEngineArgs', () => {
  it('fills in the defaults', () => {
    expect(resolve({})).toEqual({
      model: 'm',
      tensorParallelSize: 1,
      pipelineParallelSize: 1,
      maxNumSeqs: 16,
      maxLogprobs: 20,
      maxNumBatchedTokens: 2048,
      gpuMemoryUtilization: 0.9,
      enablePrefixCaching: true,
      enableChunkedPrefill: true,
      longPrefillTokenThreshold: 0,
      schedulingPolicy: 'fcfs',
      seed: 0,
      device: 'auto',
      cpusPerWorker: 1,
      loadFormat: 'auto',
      generationConfig: 'auto',
      disableLogStats: false,
      dataParallelBackend: 'mp',
      dataParallelRpcPort: 29_550,
      dataParallelExternalLb: false,
      dataParallelHybridLb: false,
      enableExpertParallel: false,
      expertPlacementStrategy: 'linear',
      enableEplb: false,
      enableDbo: false,
      dboDecodeTokenThreshold: 32,
      dboPrefillTokenThreshold: 512,
      decodeContextParallelSize: 1,
      prefillContextParallelSize: 1,
      cpKvCacheInterleaveSize: 1,
      disableCustomAllReduce: false,
      maxRestarts: 0,
      nnodes: 1,
      nodeRank: 0,
      masterAddr: '127.0.0.1',
      masterPort: 29_501,
      headless: false,
      workerCls: 'auto',
      workerExtensionCls: '',
      rayWorkersUseNsight: false,
    });
  });

  it('treats an argument that is undefined as one that is missing', () => {
    expect(resolve({ maxNumSeqs: undefined, maxModelLen: undefined }).maxNumSeqs).toBe(16);
  });

  it.each([
    [{ tensorParallelSize: 0 }, 'tensorParallelSize must be an integer from 1 to 1024, got 0.'],
    [{ maxNumSeqs: 1.5 }, 'maxNumSeqs must be an integer from 1 to 4096, got 1.5.'],
    [{ maxModelLen: Number.POSITIVE_INFINITY }, 'got Infinity.'],
    [{ device: 'gpu' }, `device must be one of 'auto', 'cpu', 'webgpu', 'cuda', got "gpu".`],
    [{ distributedExecutorBackend: 'mpi' }, "distributedExecutorBackend must be one of 'ray', 'mp', 'uni'"],
    [{ cpusPerWorker: 0 }, 'cpusPerWorker must be a number above 0'],
    [{ gpuMemoryUtilization: 1.5 }, 'gpuMemoryUtilization must be a number above 0 and up to 1, got 1.5.'],
    [{ cpuKvcacheSpace: Number.NaN }, 'cpuKvcacheSpace must be a number of GiB of at least 0, got NaN.'],
    [{ schedulingPolicy: 'lifo' }, `schedulingPolicy must be one of 'fcfs', 'priority', got "lifo".`],
    [{ eplbConfig: 3 }, "eplbConfig must be an object of EPLB's options, got 3."],
    [{ eplbConfig: { windowSize: 0 } }, 'eplbConfig.windowSize must be an integer from 1 to 16777216, got 0.'],
    [{ eplbConfig: { window: 1 } }, 'Unknown engine argument eplbConfig.window.'],
    [{ compilationConfig: 4 }, 'compilationConfig must be 0, 1, 2 or 3, or {"mode": n}'],
    [{ workerCls: 'file.ts' }, "workerCls must be 'auto' or the path of a module and a class in it"],
    [{ placementGroup: 'group' }, 'placementGroup must be a placement group, got "group".'],
    [{ distributedExecutorBackend: class Other {} }, 'path/to/file.ts:ClassName, got the function Other.'],
    [{ model: '' }, 'model must be the path of a model folder, or org/name on the Hugging Face hub, got "".'],
  ])('refuses %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it('names an unknown argument and the nearest known one', () => {
    expect(() => resolve({ tensor_parallel_siz: 2 })).toThrow(
      'Unknown engine argument tensor_parallel_siz. Did you mean tensorParallelSize?',
    );
  });

  it('lists the known arguments when none is near', () => {
    expect(() => resolve({ zebra: 2 })).toThrow(
      'Unknown engine argument zebra. Known ones are model, revision, downloadDir, tensorParallelSize',
    );
  });

  it('refuses what is no object', () => {
    expect(() => resolveEngineArgs('m' as never)).toThrow('The engine arguments must be an object, got "m".');
  });
});
