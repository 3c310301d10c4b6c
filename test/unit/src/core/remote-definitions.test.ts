import {
  findRemoteDefinition,
  isClass,
  isGeneratorFunction,
  recordRemoteDefinition,
} from '../../../../src/core/remote-definitions.js';

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

describe('telling classes from functions', () => {
  /** As a compiler writes a class for an old target. */
  function Compiled(): void {
    // only its prototype matters
  }
  Compiled.prototype.method = (): number => 1;

  it.each<[string, unknown]>([
    ['a class', class {}],
    ['a class that extends another', class extends Array {}],
    ['a class that was compiled to a function', Compiled],
  ])('takes %s for a class', (_what, definition) => {
    expect(isClass(definition)).toBe(true);
  });

  it.each<[string, unknown]>([
    [
      'a function',
      function plain(): void {
        // nothing
      },
    ],
    ['an arrow function', () => 1],
    ['an async function', async () => 1],
    ['a function whose name begins with class', function classify(): void {}],
    ['a generator function', function* items(): Generator<number> {}],
    ['no function', {}],
  ])('takes %s for no class', (_what, definition) => {
    expect(isClass(definition)).toBe(false);
  });

  it('knows generator functions, async or not', () => {
    expect(isGeneratorFunction(function* items() {})).toBe(true);
    expect(isGeneratorFunction(async function* items() {})).toBe(true);
    expect(isGeneratorFunction(async () => 1)).toBe(false);
  });
});
