import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Memory of the host, or of the control group that the agent and its workers are in, in bytes. */
export interface MemoryUsage {
  readonly used: number;
  readonly total: number;
}

/** Reads a file of /proc or /sys; undefined where there is none. */
export type ReadSystemFile = (path: string) => string | undefined;

/**
 * The memory that is nearest to running out: the host's, or a control group's that allows less. Pages of files that the
 * kernel can drop don't count as used.
 *
 * @returns undefined where the system does not tell (another system than Linux).
 */
export function readMemoryUsage(read: ReadSystemFile = readSystemFile): MemoryUsage | undefined {
  const usages = [hostUsage(read), groupUsageV2(read), groupUsageV1(read)].filter((usage) => usage !== undefined);
  const [host] = usages;
  // A group without a limit of its own shows a number beyond any host's memory, or the word max.
  const limited = usages.filter(({ total }) => host === undefined || total <= host.total);
  return limited.sort((left, right) => right.used / right.total - left.used / left.total)[0];
}

/**
 * How many processes the kernel has ended for want of memory, as each of its counters has it: the host's and those of the
 * agent's control groups, which are others when the agent is moved, so that one may fall while another rises.
 */
export function readOutOfMemoryKills(read: ReadSystemFile = readSystemFile): readonly number[] {
  const { v1, v2 } = groupFolders(read);
  return [
    field(read('/proc/vmstat'), 'oom_kill'),
    field(read(join(v2, 'memory.events')), 'oom_kill'),
    field(read(join(v1, 'memory.oom_control')), 'oom_kill'),
  ].map((counter) => counter ?? 0);
}

/** Whether the kernel has ended a process between two readings of its counters. */
export function hasOutOfMemoryKill(before: readonly number[], after: readonly number[]): boolean {
  return after.some((count, counter) => count > before[counter]!);
}

function hostUsage(read: ReadSystemFile): MemoryUsage | undefined {
  const text = read('/proc/meminfo');
  const total = field(text, 'MemTotal:');
  const available = field(text, 'MemAvailable:');
  if (total === undefined || available === undefined) return undefined;
  return { used: (total - available) * 1_024, total: total * 1_024 };
}

function groupUsageV2(read: ReadSystemFile): MemoryUsage | undefined {
  const { v2 } = groupFolders(read);
  return groupUsage(
    read(join(v2, 'memory.max')),
    read(join(v2, 'memory.current')),
    field(read(join(v2, 'memory.stat')), 'inactive_file'),
  );
}

function groupUsageV1(read: ReadSystemFile): MemoryUsage | undefined {
  const { v1 } = groupFolders(read);
  return groupUsage(
    read(join(v1, 'memory.limit_in_bytes')),
    read(join(v1, 'memory.usage_in_bytes')),
    field(read(join(v1, 'memory.stat')), 'total_inactive_file'),
  );
}

function groupUsage(limit = '', current = '', inactiveFile = 0): MemoryUsage | undefined {
  const total = Number.parseInt(limit, 10);
  const used = Number.parseInt(current, 10);
  if (!Number.isFinite(total) || !Number.isFinite(used)) return undefined;
  return { used: Math.max(0, used - inactiveFile), total };
}

/** Where the agent's groups show themselves. In a container the group is the root of what the container sees. */
function groupFolders(read: ReadSystemFile): { readonly v1: string; readonly v2: string } {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n');
  const v1 = lines.find((line) => line.split(':')[1]?.split(',').includes('memory'))?.split(':')[2] ?? '/';
  const v2 = lines.find((line) => line.startsWith('0::'))?.slice('0::'.length) ?? '/';
  const visible = (root: string, path: string, file: string): string =>
    read(join(root, path, file)) === undefined ? root : join(root, path);
  return {
    v1: visible('/sys/fs/cgroup/memory', v1, 'memory.usage_in_bytes'),
    v2: visible('/sys/fs/cgroup', v2, 'memory.current'),
  };
}

/** The number behind a name, in a text of lines `name number …`. */
function field(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  const value = line === undefined ? Number.NaN : Number.parseInt(line.slice(name.length), 10);
  return Number.isFinite(value) ? value : undefined;
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // another version of the kernel, or another system
  }
}
