import { constants } from 'node:os';
import { libc } from './libc.js';

/**
 * Locks the open file (flock) until it is closed, or its process ends; false when another one holds it. Where the file system
 * knows no locks everyone gets it: what the lock saves is then done twice, so it must do no harm twice.
 */
export function tryLockFile(fd: number): boolean {
  return libc().tryLock(fd, 'exclusive') !== constants.errno.EWOULDBLOCK;
}
