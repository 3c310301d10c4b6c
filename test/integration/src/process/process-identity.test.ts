import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRunning, processIdentity, signalProcess } from '../../../../src/process/index.js';

describe('a process identity', () => {
  let child: ChildProcess;

  beforeEach(async () => {
    child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
  });
  afterEach(() => {
    child.kill('SIGKILL');
  });

  async function end(): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  it('is of a process that runs', () => {
    const identity = processIdentity(child.pid!);
    expect(identity.startTicks).toBeGreaterThan(0);
    expect(isRunning(identity)).toBe(true);
  });

  it('is of no running process once it has ended', async () => {
    const identity = processIdentity(child.pid!);
    await end();
    expect(isRunning(identity)).toBe(false);
  });

  it('is not that of a later process with the same pid', () => {
    const earlier = { pid: child.pid!, startTicks: processIdentity(child.pid!).startTicks - 1 };
    expect(isRunning(earlier)).toBe(false);
  });

  it('takes a signal to the process', async () => {
    const exited = once(child, 'exit');
    signalProcess(processIdentity(child.pid!), 'SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
  });

  it('spares a later process with the same pid', async () => {
    const earlier = { pid: child.pid!, startTicks: processIdentity(child.pid!).startTicks - 1 };
    signalProcess(earlier, 'SIGKILL');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
  });

  it('sends nothing to a process that has ended', async () => {
    const identity = processIdentity(child.pid!);
    await end();
    expect(() => signalProcess(identity, 'SIGTERM')).not.toThrow();
  });
});
