import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first executable `redis-server` on the PATH, or undefined where none is installed. */
export function findRedisServer(path: string = process.env['PATH'] ?? ''): string | undefined {
  const candidates = path.split(delimiter).filter((folder) => folder !== '');
  return candidates.map((folder) => join(folder, 'redis-server')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Missing or not executable: both mean that it is not the one.
    return false;
  }
}
