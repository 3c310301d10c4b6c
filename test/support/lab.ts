import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcesses } from './kill-processes.js';
import { LabHost } from './lab-host.js';

export type { Driver } from './driver.js';
export { eventually } from './eventually.js';
export type { CommandResult, LabActor, LabStatus } from './lab-host.js';

/**
 * Real clusters for a test on one host, this machine by its loopback address: the command line of the built package, its
 * processes found by their environment, and the assurance that nothing of them is left behind.
 */
export class Lab extends LabHost {
  constructor() {
    super({
      directory: mkdtempSync(join(tmpdir(), 'ray-ts-lab-')),
      environment: { RAY_TS_NODE_IP_ADDRESS: '127.0.0.1' },
      enter: (command) => command,
      sharedMemory: { path: '/dev/shm', isPrivate: false },
    });
  }

  /** Stops the current cluster, kills what is left, and removes the lab's files. */
  async close(): Promise<void> {
    await this.ray(['stop', '--force']);
    killProcesses(this.processes().map(({ pid }) => pid));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
