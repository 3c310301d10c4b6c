import { PrestartedProcesses } from '../../../../worker/agent/prestarted-processes.js';
import { plainEnvironment } from '../../../../worker/agent/process-environment.js';
import { FakeProcess } from '../../../support/fake-process.js';

const nextTurn = (): Promise<void> => new Promise(setImmediate);

describe('PrestartedProcesses', () => {
  let started: FakeProcess[];
  let pool: PrestartedProcesses;

  beforeEach(() => {
    started = [];
    pool = new PrestartedProcesses(2, (environment) => {
      started.push(new FakeProcess(started.length, environment));
      return started.at(-1)!;
    });
  });

  afterEach(() => pool.close());

  it('has its processes started before they are needed, and fills up behind those that are taken', async () => {
    expect(started).toHaveLength(2);
    expect(pool.take(plainEnvironment)).toBe(started[0]);
    expect(started).toHaveLength(2);
    await nextTurn();
    expect(started).toHaveLength(3);
    expect(pool.take(plainEnvironment)).toBe(started[1]);
  });

  it('starts one when more are taken than wait', () => {
    const taken = [pool.take(plainEnvironment), pool.take(plainEnvironment), pool.take(plainEnvironment)];
    expect(taken).toEqual(started);
    expect(new Set(taken).size).toBe(3);
  });

  it('gives nobody a process that has ended, and does not start another in its place', async () => {
    started[0]!.exit({ exitCode: 1 });
    await nextTurn();
    expect(started).toHaveLength(2);
    expect(pool.take(plainEnvironment)).toBe(started[1]);
  });

  it('ends those that wait when it is closed, and not those that were taken', async () => {
    const taken = pool.take(plainEnvironment) as FakeProcess;
    pool.close();
    await nextTurn();
    expect(taken.numKills).toBe(0);
    expect(started[1]!.numKills).toBe(1);
    expect(started).toHaveLength(2);
  });

  describe('of an environment of its own', () => {
    const special = { envVars: { A: '1', B: '2' }, workingDirectory: '' };

    it('starts the first in it, and has another ready then', async () => {
      const first = pool.take(special) as FakeProcess;
      expect(first.environment).toBe(special);
      await nextTurn();
      expect(started).toHaveLength(4);
      const second = pool.take({ envVars: { B: '2', A: '1' }, workingDirectory: '' });
      expect(second).toBe(started[3]);
    });

    it('mixes it up with no other', async () => {
      pool.take(special);
      await nextTurn();
      const other = pool.take({ ...special, workingDirectory: '/w' }) as FakeProcess;
      expect(other.environment?.workingDirectory).toBe('/w');
      expect((pool.take(plainEnvironment) as FakeProcess).environment).toBe(plainEnvironment);
    });
  });
});
