import { closeSync, constants, existsSync, openSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AGENT_LOCK_OWNER, agentLocks, chooseDeadSegments } from './dead-segments.js';
import { libc } from './libc.js';
import { pathOfSegment, segmentNames, segmentPath } from './segment-path.js';

/**
 * Whose files in shared memory are still wanted is decided by locks (flock): every agent holds one while it lives, however it
 * ends, and in whatever process id namespace it runs.
 */

const NOBODY = (): void => undefined;

/**
 * Marks the files of an agent's node, and of its cluster on this host, as wanted. Returns what ends that; calling it again does
 * nothing.
 */
export function holdAgentLock(clusterId: string, nodeId: string): () => void {
  const path = segmentPath(clusterId, AGENT_LOCK_OWNER, nodeId);
  if (!existsSync(dirname(path))) return NOBODY;
  // It gets its name once it is locked: nobody finds it without its lock.
  const unnamed = segmentPath('unlocked', AGENT_LOCK_OWNER, nodeId);
  const fd = openSync(unnamed, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  libc().tryLock(fd, 'shared');
  renameSync(unnamed, path);
  let state: 'held' | 'released' = 'held';
  return () => {
    if (state === 'held') closeSync(fd);
    state = 'released';
  };
}

/**
 * Removes the files in shared memory that agents of this user left when they were killed, and those of clusters that have no
 * agent on this host any more. Mappings of them stay valid.
 * @returns how many.
 */
export async function removeDeadSegments(): Promise<number> {
  const names = segmentNames();
  const held = new Map<string, number>();
  try {
    for (const name of agentLocks(names)) {
      const fd = takeAbandoned(pathOfSegment(name));
      if (fd !== undefined) held.set(name, fd);
    }
    const dead = chooseDeadSegments(names, new Set(held.keys()));
    for (const name of dead) await rm(pathOfSegment(name), { force: true });
    return dead.length;
  } finally {
    for (const fd of held.values()) closeSync(fd);
  }
}

/** The lock, when nobody holds it. One that another process takes at this moment, or another user's, is left to them. */
function takeAbandoned(path: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch {
    return undefined; // gone, or not ours
  }
  if (libc().tryLock(fd, 'exclusive') === 0) return fd;
  closeSync(fd);
  return undefined;
}
