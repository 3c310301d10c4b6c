import { findRemoteDefinition, recordRemoteDefinition } from '../../../../src/core/remote-definitions.js';

type Module = typeof import('../../../../src/core/remote-definitions.js');

class Counter {}

describe('remote definitions', () => {
  it('are found by module and class name', () => {
    recordRemoteDefinition('/app/counter.ts', Counter);
    expect(findRemoteDefinition('/app/counter.ts', 'Counter')).toBe(Counter);
  });

  it('are not found under another module or name', () => {
    recordRemoteDefinition('/app/counter.ts', Counter);
    expect(findRemoteDefinition('/app/other.ts', 'Counter')).toBeUndefined();
    expect(findRemoteDefinition('/app/counter.ts', 'Clock')).toBeUndefined();
  });

  it('take the latest class of a name, as when a module is loaded again', () => {
    const reloaded = { Counter: class Counter {} };
    recordRemoteDefinition('/app/counter.ts', Counter);
    recordRemoteDefinition('/app/counter.ts', reloaded.Counter);
    expect(findRemoteDefinition('/app/counter.ts', 'Counter')).toBe(reloaded.Counter);
  });

  it('are shared by two copies of the package', () => {
    jest.isolateModules(() => {
      const copy = jest.requireActual<Module>('../../../../src/core/remote-definitions.js');
      expect(copy.recordRemoteDefinition).not.toBe(recordRemoteDefinition);
      copy.recordRemoteDefinition('/app/shared.ts', Counter);
    });
    expect(findRemoteDefinition('/app/shared.ts', 'Counter')).toBe(Counter);
  });
});
