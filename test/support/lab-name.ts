import { isRunning, processIdentity } from '../../src/process/process-identity.js';

const PATTERN = /^rayts-(\d+)-(\d+)-\d+/;
let numLabs = 0;

/** A name for what a lab makes on this machine, which tells who its owner is: this process. */
export function createLabName(): string {
  const { pid, startTicks } = processIdentity(process.pid);
  return `rayts-${pid}-${startTicks}-${numLabs++}`;
}

/** The lab that a namespace or folder belongs to; undefined for others'. */
export const labNameIn = (name: string): string | undefined => PATTERN.exec(name)?.[0];

/** True when the lab's owner has ended, and so nobody will ever close the lab. */
export function isAbandoned(labName: string): boolean {
  const [, pid, startTicks] = PATTERN.exec(labName)!;
  return !isRunning({ pid: Number(pid), startTicks: Number(startTicks) });
}
