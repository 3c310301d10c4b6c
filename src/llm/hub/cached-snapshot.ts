import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CachePaths } from './cache-paths.js';
import { hasFile, readText } from './cached-file.js';
import { type HubFileSet, isCommit } from './hub-model.js';
import { isWeights, WEIGHTS_INDEX } from './wanted-files.js';

/** Names of the files that the index of a sharded model lists; undefined without a readable index. */
async function indexedShards(folder: string): Promise<string[] | undefined> {
  const text = await readText(join(folder, WEIGHTS_INDEX));
  if (text === undefined) return undefined;
  try {
    const { weight_map: map } = JSON.parse(text) as { weight_map?: Record<string, unknown> };
    return [...new Set(Object.values(map ?? {}).map(String))];
  } catch {
    return undefined; // damaged: the reader of the weights says how
  }
}

/** Whether every file with weights is there: those that the index lists, or any without one. */
export async function hasWeights(folder: string): Promise<boolean> {
  const shards = await indexedShards(folder);
  const names = shards ?? (await readdir(folder).catch(() => [])).filter(isWeights);
  const found = await Promise.all(names.map((name) => hasFile(join(folder, name))));
  return found.length > 0 && found.every(Boolean);
}

async function hasFileSet(folder: string, fileSet: HubFileSet): Promise<boolean> {
  if (fileSet !== 'weights' && !(await hasFile(join(folder, 'config.json')))) return false;
  return fileSet === 'no-weights' || hasWeights(folder);
}

/** What the cache has of a model. */
export interface CachedSnapshot {
  readonly commit: string;
  readonly path: string;
}

/** The snapshot of a revision as it was last seen, if all of it is there. */
export async function findCachedSnapshot(
  paths: CachePaths,
  revision: string,
  fileSet: HubFileSet,
): Promise<CachedSnapshot | undefined> {
  const commit = isCommit(revision) ? revision : (await readText(paths.ref(revision)))?.trim();
  if (commit === undefined || !isCommit(commit)) return undefined;
  const path = paths.snapshot(commit);
  return (await hasFileSet(path, fileSet)) ? { commit, path } : undefined;
}
