import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Where nothing can be shared, every process is a host of its own. */
const lonelyId = randomUUID();

/**
 * Names the set of processes that can share memory with this one: same kernel and same /dev/shm. Two containers of one
 * machine have a /dev/shm each, so they are two hosts, unless they share it (docker --ipc). RAY_TS_HOST_ID overrides it:
 * with different values, the processes of one machine act as several hosts.
 */
export function hostId(): string {
  const override = process.env['RAY_TS_HOST_ID'];
  if (override !== undefined && override !== '') return override;
  if (process.platform !== 'linux') return lonelyId;
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}:${statSync('/dev/shm').dev}`;
  } catch {
    // No /proc or no /dev/shm: nothing to share memory with, which is what the answer says.
    return lonelyId;
  }
}
