import { join } from 'node:path';

/**
 * Where optimized graphs are kept: `graphs` in RAY_TS_CACHE, else in VLLM_CACHE_ROOT, else in `ray-ts` of the user's folder
 * of caches, XDG_CACHE_HOME or ~/.cache. Empty variables count as missing.
 */
export function graphCacheFolder(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const root =
    environment['RAY_TS_CACHE'] ||
    environment['VLLM_CACHE_ROOT'] ||
    join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'ray-ts');
  return join(root, 'graphs');
}
