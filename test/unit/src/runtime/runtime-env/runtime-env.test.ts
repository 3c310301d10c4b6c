import { InvalidArgumentError } from '../../../../../src/core/index.js';
import {
  mergeRuntimeEnv,
  type RuntimeEnv,
  validateRuntimeEnv,
} from '../../../../../src/runtime/runtime-env/runtime-env.js';

describe('a runtime environment', () => {
  it.each<[string, unknown]>([
    ['a variable that is no text', { envVars: { A: 1 } }],
    ['a name with an equals sign', { envVars: { 'A=B': '1' } }],
    ['a variable that ends early', { envVars: { A: 'a\0b' } }],
    ['an unknown key', { pip: ['torch'] }],
    ['an empty folder', { workingDir: '' }],
    ['excludes that are no list', { workingDir: '.', excludes: 'dist' }],
  ])('with %s is refused', (_what, runtimeEnv) => {
    expect(() => validateRuntimeEnv(runtimeEnv as RuntimeEnv)).toThrow(InvalidArgumentError);
  });

  it('of an actor goes on top of that of its job, variable by variable', () => {
    const job = { envVars: { A: 'job', B: 'job' }, workingDir: 'aa' };
    expect(mergeRuntimeEnv(job, { envVars: { B: 'own' } })).toEqual({
      envVars: { A: 'job', B: 'own' },
      workingDir: 'aa',
    });
    expect(mergeRuntimeEnv(job, { workingDir: 'bb' }).workingDir).toBe('bb');
  });
});
