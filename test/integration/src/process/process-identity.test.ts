import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRunning, processIdentity, signalProcess } from '../../../../src/process/process-identity.js';

describe('the identity of a process', () => {
  it('is running until the process ends', async () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const identity = processIdentity(child.pid!);
    expect(isRunning(identity)).toBe(true);
    signalProcess(identity, 'SIGTERM');
    expect((await once(child, 'exit'))[1]).toBe('SIGTERM');
    expect(isRunning(identity)).toBe(false);
    expect(() => signalProcess(identity, 'SIGTERM')).not.toThrow();
  });

  it('is not another process with the same id', () => {
    const later = { ...processIdentity(process.pid), startTicks: 1 };
    expect(isRunning(later)).toBe(false);
    expect(() => signalProcess(later, 'SIGKILL')).not.toThrow();
  });
});
