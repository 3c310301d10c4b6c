import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/dev/shm';

/**
 * Where a shared-memory segment lies: the name says which cluster and which owner (an actor, a node) it belongs to, so that
 * whoever outlives the owner can clear up after it.
 */
export function segmentPath(clusterId: string, ownerId: string, name: string): string {
  return pathOfSegment(`ray-ts-${clusterId}-${ownerId}-${name}`);
}

/** @param fileName as {@link segmentNames} lists it. */
export const pathOfSegment = (fileName: string): string => join(FOLDER, fileName);

/** Removes the files of an owner's segments; mappings of them stay valid. */
export function removeSegments(clusterId: string, ownerId: string): void {
  const prefix = `ray-ts-${clusterId}-${ownerId}-`;
  for (const name of segmentNames()) if (name.startsWith(prefix)) rmSync(pathOfSegment(name), { force: true });
}

/** Names of the files in shared memory, of ray-ts and others; none where the system has no such folder. */
export function segmentNames(): string[] {
  try {
    return readdirSync(FOLDER);
  } catch {
    return []; // no shared memory on this system
  }
}
