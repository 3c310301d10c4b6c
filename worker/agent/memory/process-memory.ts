import { readdirSync, readFileSync } from 'node:fs';

/** A process and what it uses of the memory. */
export interface ProcessMemory {
  readonly pid: number;
  /** Of the process group that it is in. */
  readonly groupId: number;
  /** Memory that no other process has and that is no page of a file, in bytes. */
  readonly bytes: number;
  /** For people. */
  readonly command: string;
}

const PAGE_BYTES = 4_096;
/** In /proc/PID/stat, after the name: state, parent, group. */
const GROUP_FIELD = 2;
const COMMAND_LENGTH = 60;

/** Every process of the host that may be read; empty on other systems than Linux. */
export function listProcessMemory(): ProcessMemory[] {
  return processIds().flatMap((pid) => readProcess(pid) ?? []);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return []; // no Linux
  }
}

function readProcess(pid: number): ProcessMemory | undefined {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const groupId = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[GROUP_FIELD]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, COMMAND_LENGTH);
    return { pid, groupId, bytes: Math.max(0, resident - shared) * PAGE_BYTES, command };
  } catch {
    return undefined; // it ended while we looked
  }
}
