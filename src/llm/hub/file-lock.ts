import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { tryLockFile } from '../../channel/index.js';

const ASK_AGAIN_MS = 100;

/**
 * Runs `work` while this process holds the lock file, as Python's filelock does (flock): a process that is killed lets go of
 * it. Where the file system knows no locks, everyone has it.
 * @param onWait called once if another process holds it.
 */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
  onWait: () => void = () => undefined,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  let waits = 0;
  for (;;) {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o664);
    try {
      if (tryLockFile(handle.fd) && (await isStillAt(path, handle))) return await work();
    } finally {
      await handle.close();
    }
    if (waits++ === 0) onWait();
    await wait(ASK_AGAIN_MS);
  }
}

/** Some versions of filelock remove the file as they let go of it: a lock on a file without a name locks nobody out. */
async function isStillAt(path: string, handle: FileHandle): Promise<boolean> {
  try {
    const [held, named] = await Promise.all([handle.stat(), stat(path)]);
    return held.ino === named.ino;
  } catch {
    return false; // the name is gone
  }
}
