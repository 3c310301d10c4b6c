import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { killProcesses } from './kill-processes.js';
import { isAbandoned, labNameIn } from './lab-name.js';
import { runCommand } from './run-command.js';

/** Where `ip netns` keeps namespaces by their names. */
const NAMESPACES = '/run/netns';

export const labDirectory = (labName: string): string => join(tmpdir(), labName);

/** Removes everything that bears a lab's name: processes in its namespaces, the namespaces, its files. */
export async function removeLab(labName: string): Promise<void> {
  for (const namespace of listNames(NAMESPACES).filter((name) => labNameIn(name) === labName)) {
    await eventually(`every process in ${namespace} has ended`, () => {
      const pids = processesIn(namespace);
      killProcesses(pids);
      return pids.length === 0 || undefined;
    });
    runCommand(['ip', 'netns', 'delete', namespace]);
  }
  rmSync(labDirectory(labName), { recursive: true, force: true });
}

/** Removes the labs of test processes that ended without closing them. */
export async function removeAbandonedLabs(): Promise<void> {
  const names = [...listNames(NAMESPACES), ...listNames(tmpdir())].map(labNameIn);
  for (const name of new Set(names)) if (name !== undefined && isAbandoned(name)) await removeLab(name);
}

const processesIn = (namespace: string): number[] =>
  runCommand(['ip', 'netns', 'pids', namespace]).split('\n').filter(Boolean).map(Number);

const listNames = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
