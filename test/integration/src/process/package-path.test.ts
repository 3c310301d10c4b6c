import { join } from 'node:path';
import { fromPackagePath, packageRoot, toPackagePath } from '../../../../src/process/index.js';

describe('the path of a module as it travels', () => {
  it('says nothing of where ray-ts is installed', () => {
    const path = join(packageRoot, 'dist/src/jobs/job-supervisor.js');
    expect(toPackagePath(path)).toBe('ray-ts:dist/src/jobs/job-supervisor.js');
    expect(fromPackagePath(toPackagePath(path))).toBe(path);
  });

  it.each(['/elsewhere/actors.ts', `${packageRoot}-too/actors.ts`, join(packageRoot, '..', 'actors.ts')])(
    'is what it is for %s, which is none of its modules',
    (path) => {
      expect(toPackagePath(path)).toBe(path);
      expect(fromPackagePath(path)).toBeUndefined();
    },
  );
});
