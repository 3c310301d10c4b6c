import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/dev/shm';

/**
 * Where a shared-memory segment lies: the name says which cluster and which owner (an actor) it belongs to, so that
 * whoever outlives the owner can clear up after it.
 */
export function segmentPath(clusterId: string, ownerId: string, name: string): string {
  return join(FOLDER, `ray-ts-${clusterId}-${ownerId}-${name}`);
}

/** Removes the files of an owner's segments, or of the whole cluster's; mappings of them stay valid. */
export function removeSegments(clusterId: string, ownerId?: string): void {
  const prefix = ownerId === undefined ? `ray-ts-${clusterId}-` : `ray-ts-${clusterId}-${ownerId}-`;
  for (const name of segmentNames()) if (name.startsWith(prefix)) rmSync(join(FOLDER, name), { force: true });
}

function segmentNames(): string[] {
  try {
    return readdirSync(FOLDER);
  } catch {
    return []; // no shared memory on this system: nothing to remove
  }
}
