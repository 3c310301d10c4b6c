import { processExitError } from '../../../../../src/llm/engine/process-exit-error.js';

const identity = { dataParallelRank: 1, hostname: 'blue', pid: 42 };

describe('processExitError', () => {
  it('names the engine core, its host and the signal, and keeps what it wrote last', () => {
    const error = processExitError(identity, { exitCode: null, signal: 'SIGKILL', stderrTail: ['one', 'two'] });
    expect(error.message).toBe(
      'The engine core of data-parallel rank 1 (host blue, pid 42) was ended by SIGKILL.\nThe last lines of its log:\n  one\n  two',
    );
    expect(error.details).toEqual({ ...identity, exitCode: null, signal: 'SIGKILL', stderrTail: 'one\ntwo' });
  });

  it('tells an exit code where there was no signal', () => {
    const { message } = processExitError(identity, { exitCode: 7, signal: null, stderrTail: [] });
    expect(message).toBe('The engine core of data-parallel rank 1 (host blue, pid 42) ended with exit code 7.');
  });
});
