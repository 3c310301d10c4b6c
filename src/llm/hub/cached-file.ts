import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes of the file at `path`; undefined when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined; // nothing has come yet
  }
}

export async function hasFile(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

/** The text of the file at `path`; undefined when there is none, or none that can be read. */
export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Has `make` make a file, and gives it its place in one step, whatever was there: no other process sees it unfinished. */
export async function putFile(path: string, make: (unnamed: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unnamed = `${path}.${randomUUID()}`;
  await make(unnamed);
  await rename(unnamed, path);
}
