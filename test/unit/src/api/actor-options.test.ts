import { type ActorOptions, actorResources, validateActorOptions } from '../../../../src/api/actor-options.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

describe('resources of an actor', () => {
  const held = (options: ActorOptions) => actorResources(options).held;

  it('that asks for nothing are none, but it is placed where a CPU is free', () => {
    expect(actorResources({})).toEqual({ held: {}, toBePlaced: { CPU: 10_000 } });
  });

  it('are one CPU beside others, but no CPU beside GPUs', () => {
    expect(held({ resources: { disk: 1 } })).toEqual({ CPU: 10_000, disk: 10_000 });
    expect(held({ numGpus: 2 })).toEqual({ GPU: 20_000 });
    expect(held({ numGpus: 1, numCpus: 0.5 })).toEqual({ CPU: 5_000, GPU: 10_000 });
  });

  it('can be nothing at all, and custom', () => {
    expect(actorResources({ numCpus: 0 })).toEqual({ held: {}, toBePlaced: {} });
    expect(held({ numCpus: 0, resources: { disk: 0.25 } })).toEqual({ disk: 2_500 });
  });

  it('are refused when they can never be given', () => {
    expect(() => validateActorOptions({ numCpus: -1 })).toThrow(InvalidArgumentError);
    expect(() => validateActorOptions({ numGpus: 1.5 })).toThrow('must be whole numbers');
  });
});

describe('actor options', () => {
  it('are accepted with every name that there is', () => {
    const options: ActorOptions = {
      numCpus: 1,
      numGpus: 0,
      resources: { disk: 1 },
      name: 'a',
      maxConcurrency: 8,
      runtimeEnv: { envVars: { A: 'b' } },
      namespace: 'n',
      lifetime: 'detached',
      getIfExists: true,
      maxRestarts: -1,
      maxTaskRetries: 3,
      concurrencyGroups: { io: 2 },
      methods: { read: { concurrencyGroup: 'io', numReturns: 2, retryExceptions: [RangeError, 'OtherError'] } },
      maxPendingCalls: 10,
      memory: 1_000_000,
      schedulingStrategy: { nodeId: 'n', soft: true },
      labelSelector: { zone: 'in(a,b)' },
      fallbackStrategy: [{ labelSelector: { zone: 'c' } }],
    };
    expect(() => validateActorOptions(options)).not.toThrow();
  });

  it('are refused with a name that there is not, which is named', () => {
    expect(() => validateActorOptions({ numCpu: 1 } as ActorOptions)).toThrow(
      /^Invalid option numCpu of an actor\. Valid ones are numCpus, /,
    );
  });

  it('are refused with CPU and GPU among the custom resources', () => {
    expect(() => validateActorOptions({ resources: { CPU: 1 } })).toThrow("Use numCpus instead of 'CPU'");
    expect(() => validateActorOptions({ resources: { GPU: 1 } })).toThrow("Use numGpus instead of 'GPU'");
  });

  it.each([0, -1, 1.5, Number.NaN])('are refused with a maxConcurrency of %s', (maxConcurrency) => {
    expect(() => validateActorOptions({ maxConcurrency })).toThrow(InvalidArgumentError);
  });

  it.each<[string, object]>([
    ['a lifetime of another name', { lifetime: 'eternal' }],
    ['getIfExists without a name', { getIfExists: true }],
    ['an empty name', { name: '' }],
    ['fewer than -1 restarts', { maxRestarts: -2 }],
    ['no pending calls at all', { maxPendingCalls: 0 }],
    ['a strategy of another kind', { schedulingStrategy: 'PACK' }],
    ['a bundle below -1', { schedulingStrategy: { placementGroup: { id: 'g' }, placementGroupBundleIndex: -2 } }],
    ['a selector that is no text', { labelSelector: { zone: 1 } }],
    ['a method in a group that there is not', { methods: { read: { concurrencyGroup: 'io' } } }],
    ['an unknown option of a method', { methods: { read: { numReturn: 1 } } }],
    ['exceptions that are none', { methods: { read: { retryExceptions: 'RangeError' } } }],
  ])('are refused with %s', (_what, options) => {
    expect(() => validateActorOptions(options)).toThrow(InvalidArgumentError);
  });
});
