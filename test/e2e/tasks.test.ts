import { Lab } from '../support/lab.js';

describe('tasks of a driver', () => {
  let lab: Lab;
  let printed: Record<string, unknown>;
  beforeAll(async () => {
    lab = new Lab();
    const driver = lab.drive('tasks');
    const exitCode = await driver.exited;
    if (exitCode !== 0) throw new Error(driver.stderr);
    printed = Object.assign({}, ...driver.lines);
  }, 120_000);
  afterAll(() => lab.close());

  it('give their value, by the function and options of the call', () => {
    expect(printed).toMatchObject({ value: 49, named: 9, severalReturns: [3, 2], runtimeEnv: 'yes' });
  });
  it('take refs for values', () => {
    expect(printed['refArgument']).toBe(16);
  });
  it('run by the thousand on workers that are used again', () => {
    expect(printed['many']).toEqual({ length: 10_000, sum: 333_283_335_000 });
    expect(printed['workers']).toEqual({ few: true, notTheDriver: true });
  });
  it('may submit tasks and wait for them, deeper than there are CPUs', () => {
    expect(printed).toMatchObject({ fibonacci: 21, depth: 12 });
  });
  it('fail at once when no node can ever run them', () => {
    expect(printed['unschedulable']).toMatchObject({ message: expect.stringContaining('CPU: 1000') });
  });

  describe('whose process is killed', () => {
    it('run again as often as they may', () => {
      expect(printed['retried']).toBe(3);
      expect(printed['tries']).toEqual([3, 3, 1]);
    });
    it('fail then with how the process ended, its last words, and that they may have run', () => {
      expect(printed['crashed']).toMatchObject({
        code: 'RAY_WORKER_CRASHED',
        message: expect.stringContaining('It was tried 3 times.'),
        details: { signal: 'SIGKILL', stderrTail: 'last words of a task', mayHaveRun: true, outOfMemory: false },
      });
      expect(printed['notRetried']).toMatchObject({ code: 'RAY_WORKER_CRASHED' });
    });
  });

  describe('that throw', () => {
    it('are not run again by themselves', () => {
      expect(printed['taskError']).toMatchObject({
        code: 'RAY_TASK_ERROR',
        details: { remoteMessage: 'try 1', remoteStack: expect.stringContaining('drivers/tasks.ts') },
      });
    });
    it('are run again for an error of a class that is retried, or of one that extends it', () => {
      expect(printed['retriedError']).toBe(3);
    });
    it('are not run again for others', () => {
      expect(printed).toMatchObject({ otherError: { code: 'RAY_TASK_ERROR' }, oneTry: 1 });
    });
  });

  describe('that are cancelled', () => {
    it('never run when they wait', () => {
      expect(printed['cancelQueued']).toMatchObject({ code: 'RAY_TASK_CANCELLED', details: { mayHaveRun: false } });
      expect(printed['queuedRan']).toBe(0);
    });
    it('fail at once when they run, and hear of it', () => {
      expect(printed['cancelRunning']).toMatchObject({ code: 'RAY_TASK_CANCELLED', details: { mayHaveRun: true } });
    });
    it('end with their process by force', () => {
      expect(printed['cancelForced']).toMatchObject({ code: 'RAY_TASK_CANCELLED' });
    });
    it('take with them what they have submitted', () => {
      expect(printed['cancelParent']).toMatchObject({ code: 'RAY_TASK_CANCELLED' });
      expect(printed['childAborted']).toBe(true);
    });
    it('keep their value when they are over', () => {
      expect(printed['cancelOver']).toBe(9);
    });
  });

  it('leave no process behind', () => {
    expect(lab.processes()).toEqual([]);
  });
});
