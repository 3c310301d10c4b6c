import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { callerModule } from '../../../../src/api/caller-module.js';

const LIBRARY = dirname(dirname(require.resolve('../../../../src/api/caller-module')));

describe('callerModule', () => {
  it('is the file outside the library that called into it', () => {
    expect(callerModule(LIBRARY)).toBe(__filename);
  });

  it('does not take a folder whose name only begins with the same letters for the library', () => {
    const filename = `${LIBRARY}-demo/program.js`;
    const program = new Script('(find, inside) => find(inside)', { filename }).runInThisContext() as (
      find: typeof callerModule,
      inside: string,
    ) => string;
    expect(program(callerModule, LIBRARY)).toBe(filename);
  });

  it('is undefined when everything on the stack is inside', () => {
    expect(callerModule('')).toBeUndefined();
  });

  it('leaves the way in which stacks are made as it was', () => {
    const { stackTraceLimit, prepareStackTrace } = Error;
    callerModule(LIBRARY);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(Error.prepareStackTrace).toBe(prepareStackTrace);
    expect(typeof new Error('x').stack).toBe('string');
  });
});
