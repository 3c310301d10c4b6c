import { type ActorOptions, requiredResources, validateActorOptions } from '../../../../src/api/actor-options.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

describe('resources of an actor', () => {
  it('are one CPU by default, and no CPU beside GPUs', () => {
    expect(requiredResources({})).toEqual({ CPU: 10_000 });
    expect(requiredResources({ numGpus: 2 })).toEqual({ GPU: 20_000 });
    expect(requiredResources({ numGpus: 1, numCpus: 0.5 })).toEqual({ CPU: 5_000, GPU: 10_000 });
  });

  it('can be nothing at all, and custom', () => {
    expect(requiredResources({ numCpus: 0 })).toEqual({});
    expect(requiredResources({ numCpus: 0, resources: { disk: 0.25 } })).toEqual({ disk: 2_500 });
  });

  it('are refused when they can never be given', () => {
    expect(() => requiredResources({ numCpus: -1 })).toThrow(InvalidArgumentError);
    expect(() => requiredResources({ numGpus: 1.5 })).toThrow('must be whole numbers');
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
      envVars: { A: 'b' },
    };
    expect(() => validateActorOptions(options)).not.toThrow();
  });

  it('are refused with a name that there is not, which is named', () => {
    expect(() => validateActorOptions({ numCpu: 1 } as ActorOptions)).toThrow(
      /^Invalid option numCpu\. Valid ones are/,
    );
  });

  it('are refused with CPU and GPU among the custom resources', () => {
    expect(() => validateActorOptions({ resources: { CPU: 1 } })).toThrow("Use numCpus instead of 'CPU'");
    expect(() => validateActorOptions({ resources: { GPU: 1 } })).toThrow("Use numGpus instead of 'GPU'");
  });

  it.each([0, -1, 1.5, Number.NaN])('are refused with a maxConcurrency of %s', (maxConcurrency) => {
    expect(() => validateActorOptions({ maxConcurrency })).toThrow(InvalidArgumentError);
  });
});
